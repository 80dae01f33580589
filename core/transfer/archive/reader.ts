import type { KeyObject } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { parsePath } from '../../backup/paths.ts';
import { unseal } from '../../backup/sealing.ts';
import { type Namespace, namespaceTitle, parseNamespace, quoted, ROOT } from '../../names.ts';
import { Problem, type ProblemKind, throwIfCancelled } from '../../problem.ts';
import type { WorkOptions } from '../../progress.ts';
import { type SealedEntry, sealedKey, sealedUser } from '../sealed-entry.ts';
import { archiveKey } from './archive-key.ts';
import { entriesDigest } from './digest.ts';
import {
  ARCHIVE_MAGIC,
  ARCHIVE_VERSION,
  type ArchiveHead,
  type ArchiveInventory,
  archiveHead,
  archiveInventory,
  type RecordKind,
  recordData,
  SALT_BYTES,
} from './format.ts';
import { recordCutter } from './records.ts';

/** An archive whose head is read and whose entries wait to be read, once. */
export interface OpenArchive {
  head: ArchiveHead;
  namespace: Namespace;
  /** Drawn for this archive alone: another file has another one. */
  salt: Buffer;
  /** Entries in the order of the file. To the end is needed to know that the file is whole. */
  batches: AsyncIterable<SealedEntry[]>;
  /** What the archive must contain; known and proved once {@link batches} ended. */
  inventory(): ArchiveInventory;
}

/** Bytes that are read from the file at once, and entries that are given at once: few are alive at a time. */
const CHUNK_BYTES = 64 * 1024;
const BATCH = 32;
const START_BYTES = ARCHIVE_MAGIC.length + 1 + SALT_BYTES;

/** Whether a file begins like a sealed archive. */
export const isArchive = (start: Uint8Array): boolean =>
  Buffer.from(start.subarray(0, ARCHIVE_MAGIC.length)).equals(ARCHIVE_MAGIC);

/**
 * Opens a sealed archive; memory stays at one chunk of the file. Every record's tag and place are verified.
 * Throws a Problem: `not-a-backup`, `unsupported-version`, `wrong-passphrase`, `truncated`, `damaged`, `unreadable`.
 */
export function openArchive(file: string, passphrase: string, options: WorkOptions = {}): Promise<OpenArchive> {
  const bytes = createReadStream(file, { highWaterMark: CHUNK_BYTES });
  const keyOf = (salt: Buffer) => archiveKey(passphrase, salt);
  return readArchive(bytes, { file, keyOf }, options);
}

/** The same of bytes from anywhere; `file` is how errors name them. The source is left as soon as something is wrong. */
export async function readArchive(
  bytes: AsyncIterable<Uint8Array>,
  from: { file: string; keyOf(salt: Buffer): Promise<KeyObject> },
  options: WorkOptions = {},
): Promise<OpenArchive> {
  const source = bytes[Symbol.asyncIterator]();
  try {
    return await open(source, from, options);
  } catch (error) {
    await source.return?.();
    throw error;
  }
}

async function open(
  source: AsyncIterator<Uint8Array>,
  { file, keyOf }: Parameters<typeof readArchive>[1],
  options: WorkOptions,
): Promise<OpenArchive> {
  const next = async (): Promise<Buffer | undefined> => {
    throwIfCancelled(options.signal, file);
    try {
      const step = await source.next();
      return step.done === true ? undefined : (step.value as Buffer);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw problem(
        file,
        'unreadable',
        `it can not be read (${code})`,
        'Check the name of the file and your access',
        error,
      );
    }
  };
  let start: Buffer = Buffer.alloc(0);
  while (start.length < START_BYTES) {
    const chunk = await next();
    if (chunk === undefined) break;
    start = Buffer.concat([start, chunk]);
  }
  requireArchive(file, start);
  const salt = Buffer.from(start.subarray(ARCHIVE_MAGIC.length + 1, START_BYTES));
  const key = await keyOf(salt);
  const cutter = recordCutter();
  let pieces = cutter.push(start.subarray(START_BYTES));
  const morePieces = async (): Promise<boolean> => {
    const chunk = await next();
    if (chunk === undefined) return false;
    pieces = cutter.push(chunk);
    return true;
  };
  while (pieces.length === 0 && cutter.oversized() === undefined) if (!(await morePieces())) break;
  const [first, ...others] = pieces;
  if (cutter.oversized() !== undefined && first === undefined) throw oversized(file, cutter);
  if (!Buffer.isBuffer(first)) throw truncated(file);
  const plainHead = unseal(key, first, recordData('head', 0));
  if (plainHead === undefined) {
    throw problem(
      file,
      'wrong-passphrase',
      'the passphrase does not open it (or its first bytes were altered)',
      'Use the passphrase that was given when the archive was made',
    );
  }
  const head = parseJson(file, archiveHead, plainHead);
  const namespace = head.namespace === '' ? ROOT : parseNamespace(head.namespace, file);
  pieces = others;

  let inventory: ArchiveInventory | undefined;
  async function* batches(): AsyncGenerator<SealedEntry[]> {
    const digest = entriesDigest();
    const count = { key: 0, user: 0 };
    let number = 1;
    let ended = false;
    let previous = '';
    const openRecord = (kind: RecordKind, sealed: Buffer): Buffer => {
      const plain = unseal(key, sealed, recordData(kind, number));
      if (plain === undefined)
        throw damaged(file, `record ${number} was altered, moved, or belongs to another archive`);
      number += 1;
      return plain;
    };
    try {
      do {
        let entries: SealedEntry[] = [];
        for (const piece of pieces) {
          if (inventory !== undefined) throw damaged(file, 'something follows its end');
          if (piece === 'end') {
            if (ended) throw damaged(file, 'it ends twice');
            ended = true;
          } else if (ended) {
            inventory = parseJson(file, archiveInventory, openRecord('inventory', piece));
          } else {
            const entry = parseEntry(file, namespace, openRecord('entry', piece));
            if (entry.path === previous) throw damaged(file, `${entry.path} stands in it twice`);
            previous = entry.path;
            digest.add(entry);
            count[entry.kind] += 1;
            entries.push(entry);
            if (entries.length < BATCH) continue;
            yield entries;
            entries = [];
          }
        }
        if (entries.length > 0) yield entries;
        if (cutter.oversized() !== undefined) throw oversized(file, cutter);
      } while (await morePieces());
      if (inventory === undefined) throw truncated(file);
      if (cutter.rest() > 0) throw damaged(file, 'something follows its end');
      requireWhole(file, inventory, count, digest.hex());
    } catch (error) {
      inventory = undefined;
      throw error;
    } finally {
      await source.return?.();
    }
  }
  return {
    head,
    namespace,
    salt,
    batches: batches(),
    inventory() {
      if (inventory === undefined) throw new RangeError('the archive was not read to its end');
      return inventory;
    },
  };
}

function requireArchive(file: string, start: Buffer): void {
  if (!isArchive(start) || start.length < START_BYTES) {
    throw problem(
      file,
      'not-a-backup',
      'it is no sealed archive',
      'Check the name of the file; inspect reads backups of a device too',
    );
  }
  const version = start[ARCHIVE_MAGIC.length];
  if (version === ARCHIVE_VERSION) return;
  throw problem(
    file,
    'unsupported-version',
    `it is of version ${version}, known is ${ARCHIVE_VERSION}`,
    'Use a newer release of this program',
  );
}

function parseEntry(file: string, namespace: Namespace, plain: Buffer): SealedEntry {
  const length = plain.length < 2 ? -1 : plain.readUInt16BE(0);
  if (length < 0 || plain.length < 2 + length) throw damaged(file, 'an entry ends within its path');
  const text = plain.toString('utf8', 2, 2 + length);
  const path = parsePath(text);
  const value = plain.subarray(2 + length);
  if (path.kind === 'key' && path.namespace === namespace) return sealedKey(namespace, path.id, value);
  if (path.kind === 'user' && path.namespace === namespace && namespace !== ROOT) {
    return sealedUser(namespace, path.name, value);
  }
  throw damaged(file, `${quoted(text)} does not belong into an archive of ${namespaceTitle(namespace)}`);
}

function requireWhole(
  file: string,
  inventory: ArchiveInventory,
  count: { key: number; user: number },
  digest: string,
): void {
  if (inventory.keys !== count.key || inventory.users.length !== count.user) {
    throw damaged(
      file,
      `it holds ${count.key} keys and ${count.user} users, and must hold ${inventory.keys} and ${inventory.users.length}`,
    );
  }
  if (inventory.digest !== digest) throw damaged(file, 'its entries are not the ones that it must contain');
}

function parseJson<T>(file: string, schema: { safeParse(value: unknown): { data?: T } }, plain: Buffer): T {
  let value: unknown;
  try {
    value = JSON.parse(plain.toString());
  } catch {
    throw damaged(file, 'a record is no JSON');
  }
  const { data } = schema.safeParse(value);
  if (data === undefined) throw damaged(file, 'a record has not the form that it must have');
  return data;
}

function problem(place: string, kind: ProblemKind, cause: string, remedy: string, origin?: unknown): Problem {
  return new Problem({ kind, place, cause, remedy }, { cause: origin });
}

const damaged = (file: string, cause: string): Problem =>
  problem(file, 'damaged', cause, 'Use another copy of the archive; nothing in this one can be trusted to be whole');

const oversized = (file: string, cutter: ReturnType<typeof recordCutter>): Problem =>
  damaged(file, `a record claims ${cutter.oversized()} bytes`);

const truncated = (file: string): Problem =>
  problem(file, 'truncated', 'the archive ends too early', 'Copy it again from where it is whole, or make a new one');
