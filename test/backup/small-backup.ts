/** A small backup with everything in it, made without the slow derivation of keys. */
import { randomBytes } from 'node:crypto';
import { type BackupEntry, type BackupVersion, LENGTH_BYTES, MAGIC } from '../../core/backup/format.ts';
import { type OpenBackup, openBackup } from '../../core/backup/reader.ts';
import { seal, storeKey } from '../../core/backup/sealing.ts';
import { encodeStoredKey, encodeStoredUser } from '../../core/backup/stored.ts';
import { END_OF_FILE, encodeEntry, encodeHeader } from '../../core/backup/writer.ts';
import { isProblem, type ProblemKind } from '../../core/problem.ts';

export const backupKey = randomBytes(32);
export const salt = randomBytes(16);
export const domainKey = randomBytes(32);
export const place = 'small.bin';

/** A header with what a device puts into it. */
export const smallHeader = (version: BackupVersion) => ({
  version,
  salt,
  lockedDomainKey: randomBytes(60),
  ...(version === 1 && { deviceId: 'devA', configStoreKey: randomBytes(32) }),
});

const sealedAt = (store: Parameters<typeof storeKey>[1], path: string, plain: Buffer): BackupEntry => ({
  path,
  value: seal(storeKey(domainKey, store), plain, path),
});

/** An AES key at a path. */
export const keyEntry = (path: string, label?: string): BackupEntry =>
  sealedAt(
    'key',
    path,
    encodeStoredKey({
      mechanisms: ['AES_Encryption_CBC'],
      private: { raw: Buffer.alloc(16, 7) },
      operations: 3,
      tags: [],
      ...(label !== undefined && { label }),
    }),
  );

const userEntry = (path: string): BackupEntry =>
  sealedAt(
    'authentication',
    path,
    encodeStoredUser({ realName: 'A', salt: randomBytes(16), digest: randomBytes(32), role: 'Operator', tags: [] }),
  );

/** The entries of a small store, in the order of a device. */
export const smallEntries = (): BackupEntry[] => [
  { path: '/.initialized', value: Buffer.alloc(0) },
  sealedAt('authentication', '/authentication/.version', Buffer.from('0')),
  userEntry('/authentication/admin'),
  userEntry('/authentication/ns1~op'),
  { path: '/config/version', value: Buffer.from('0') },
  keyEntry('/key/.ns1/k1'),
  keyEntry('/key/.ns1/k2', 'Ærlig'),
  sealedAt('key', '/key/.version', Buffer.from('0')),
  keyEntry('/key/r1'),
  sealedAt('namespace', '/namespace/.version', Buffer.from('0')),
  sealedAt('namespace', '/namespace/ns1', Buffer.from('"ns1"')),
];

/** The bytes of a backup file. */
export const fileOf = (version: BackupVersion, entries: BackupEntry[], end = END_OF_FILE): Buffer =>
  Buffer.concat([
    encodeHeader(smallHeader(version), backupKey),
    ...entries.map(({ path, value }) => encodeEntry(backupKey, path, value)),
    ...(version === 1 ? [end] : []),
  ]);

/** Where fields begin and end in a file: the magic, the version byte, then each length and its content. */
export function bordersOf(file: Buffer): number[] {
  const borders = [0, MAGIC.length, MAGIC.length + 1];
  let at = MAGIC.length + 1;
  while (at < file.length) {
    const length = file.readUIntBE(at, LENGTH_BYTES);
    borders.push(at + LENGTH_BYTES);
    at += LENGTH_BYTES + length;
    borders.push(at);
    if (length === 0) break;
  }
  return [...new Set(borders)].filter((border) => border < file.length);
}

/** Bytes as a source, cut into chunks of the sizes given (the last one again and again). */
export async function* chunked(bytes: Uint8Array, ...sizes: number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[Math.min(i, sizes.length - 1)] ?? bytes.length;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

export interface Reading {
  header?: OpenBackup['header'];
  entries: BackupEntry[];
  /** The kind of the problem at which reading ended. */
  problem?: ProblemKind;
  message?: string;
}

/** Reads a source to its end, or to its problem. */
export const readAll = (source: AsyncIterable<Uint8Array>, order: 'any' | 'strict' = 'strict'): Promise<Reading> =>
  readFrom(() => openBackup(source, { backupKey, salt }, { place, order }));

/** Reads what is opened to its end, or to its problem. */
export async function readFrom(openIt: () => Promise<OpenBackup>): Promise<Reading> {
  const reading: Reading = { entries: [] };
  try {
    const open = await openIt();
    reading.header = open.header;
    for await (const batch of open.batches) reading.entries.push(...batch);
  } catch (error) {
    if (!isProblem(error)) throw error;
    reading.problem = error.kind;
    reading.message = error.message;
  }
  return reading;
}
