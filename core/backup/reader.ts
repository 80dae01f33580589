import { createSecretKey } from 'node:crypto';
import type { Problem } from '../problem.ts';
import { type Chunks, takeChunks } from './chunks.ts';
import { createEntryReader, openField } from './entries.ts';
import { createFieldCutter, endOf, startOf, truncated } from './fields.ts';
import { type BackupEntry, type BackupHeader, MAGIC } from './format.ts';
import { type BackupKeySource, cutHeader, notABackup, openHeader, type SealedHeader } from './header.ts';
import type { SecretKey } from './sealing.ts';

/** How {@link openBackup} reads. */
export interface ReadOptions {
  /** What the file is called in messages. */
  place: string;
  signal?: AbortSignal;
  /**
   * `strict` (the default): a path that stands twice, or not in the order in which devices write them, is damage.
   * `any`: the caller looks for doubles himself.
   */
  order?: 'any' | 'strict';
}

/** A backup file whose header is read and whose entries wait to be read, once. */
export interface OpenBackup {
  header: BackupHeader;
  backupKey: SecretKey;
  /**
   * The entries, some at a time, never an empty batch. Reading to the end proves that the file is
   * complete (version 1) and that nothing follows; a fault throws after the entries before it were given.
   */
  batches: AsyncIterable<BackupEntry[]>;
  /** The bytes behind the zero length of version 1, as far as they were read. */
  endMark(): Buffer | undefined;
  /** Lets go of the source when the entries are not wanted, or no more of them. */
  close(): Promise<void>;
}

/**
 * Opens a backup file of version 0 or 1 from chunks of any size; memory stays at one chunk and one entry.
 * Throws a Problem: `not-a-backup`, `unsupported-version`, `wrong-passphrase`, `truncated`, `damaged`, `cancelled`.
 */
export async function openBackup(
  source: AsyncIterable<Uint8Array>,
  key: BackupKeySource,
  options: ReadOptions,
): Promise<OpenBackup> {
  const { place, order = 'strict', signal } = options;
  const chunks = takeChunks(source, place, signal);
  const { header, backupKey, rest } = await openHead(chunks, key, place);
  const cutter = createFieldCutter(header.version, place, header.raw.length);
  const readEntries = createEntryReader(place, order);
  const cipherKey = createSecretKey(backupKey);
  async function* batches(): AsyncGenerator<BackupEntry[]> {
    try {
      for (let chunk: Uint8Array | undefined = rest; chunk !== undefined; chunk = await chunks.next()) {
        const fields = cutter.push(chunk);
        yield* readEntries(fields, (i) => {
          const bytes = openField(cipherKey, fields.bytes, startOf(fields, i), endOf(fields, i));
          return bytes && { bytes, start: 0, end: bytes.length };
        });
        if (cutter.problem !== undefined) throw cutter.problem;
      }
      const problem = cutter.end();
      if (problem !== undefined) throw problem;
    } finally {
      await chunks.close();
    }
  }
  return { header, backupKey, batches: batches(), endMark: () => cutter.endMark, close: chunks.close };
}

/** A backup's header, and what of the first entries came along with it. */
export interface OpenHead {
  header: BackupHeader;
  backupKey: SecretKey;
  rest: Buffer;
}

/** Reads and opens the header; lets go of the source when that fails. */
export async function openHead(chunks: Chunks, key: BackupKeySource, place: string): Promise<OpenHead> {
  try {
    const { sealed, rest } = await readHeader(chunks, place);
    return { ...(await openHeader(sealed, key, place)), rest };
  } catch (error) {
    await chunks.close();
    throw error;
  }
}

/** The entries of batches, one by one. Slower than the batches: an await an entry. */
export async function* entriesOf(batches: AsyncIterable<BackupEntry[]>): AsyncGenerator<BackupEntry> {
  for await (const batch of batches) yield* batch;
}

async function readHeader(chunks: Chunks, place: string): Promise<{ sealed: SealedHeader; rest: Buffer }> {
  let bytes = Buffer.alloc(0);
  for (;;) {
    const chunk = await chunks.next();
    if (chunk === undefined) throw endsInHeader(bytes, place);
    bytes = Buffer.concat([bytes, chunk]);
    const sealed = cutHeader(bytes, place);
    // The header is kept for long: it must not hold on to the chunk it came in.
    if (sealed !== undefined) {
      return {
        sealed: cutHeader(Buffer.from(sealed.raw), place) as SealedHeader,
        rest: bytes.subarray(sealed.raw.length),
      };
    }
  }
}

function endsInHeader(bytes: Buffer, place: string): Problem {
  if (bytes.length >= MAGIC.length) return truncated(place, bytes.length);
  return notABackup(place, bytes.length === 0 ? 'it is empty' : 'it is too short');
}
