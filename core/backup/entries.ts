import { createDecipheriv, type KeyObject } from 'node:crypto';
import { damaged, readLength, type SealedFields, startOf } from './fields.ts';
import { type BackupEntry, ENTRY_DATA, LENGTH_BYTES, MAX_PATH_BYTES } from './format.ts';
import { comparePaths } from './paths.ts';
import { NONCE_BYTES, TAG_BYTES } from './sealing.ts';

const ENTRY_AAD = Buffer.from(ENTRY_DATA);
/** What decoding puts in place of bytes that are no UTF-8. */
const NO_UTF8 = '\ufffd';

/** Opens one sealed entry; undefined when its tag does not match. Here all the time goes: one cipher an entry. */
export function openField(key: KeyObject, bytes: Buffer, start: number, end: number): Buffer | undefined {
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(start, start + NONCE_BYTES));
  decipher.setAAD(ENTRY_AAD);
  decipher.setAuthTag(bytes.subarray(end - TAG_BYTES, end));
  const plain = decipher.update(bytes.subarray(start + NONCE_BYTES, end - TAG_BYTES));
  try {
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}

/** Where the plain bytes of an entry stand; undefined when its tag does not match. */
export type PlainAt = (i: number) => { bytes: Buffer; start: number; end: number } | undefined;

/** So many entries are given at once: few are alive at a time, so that clearing up after them stays cheap. */
const BATCH = 32;

/**
 * Makes the function that turns sealed fields, opened by `plainAt`, into batches of entries, none of them empty. In `strict`
 * order each path must come after the one before. Throws the Problem of a fault once the entries before it are given.
 */
export function createEntryReader(place: string, order: 'any' | 'strict') {
  let previous: string | undefined;

  const whyNotNext = (path: string): string | undefined => {
    if (order === 'any') return undefined;
    const comparison = previous === undefined ? -1 : comparePaths(previous, path);
    if (comparison === 0) return `the path ${JSON.stringify(path)} stands there twice`;
    if (comparison > 0) return `the path ${JSON.stringify(path)} stands behind ${JSON.stringify(previous)}`;
    previous = path;
    return undefined;
  };

  const read = (plain: ReturnType<PlainAt>): BackupEntry | string => {
    if (plain === undefined) return 'an entry was altered, or belongs to another file';
    const { bytes, start, end } = plain;
    const pathBytes = readLength(bytes, start);
    const pathAt = start + LENGTH_BYTES;
    const valueAt = pathAt + pathBytes;
    if (pathBytes === 0 || pathBytes > MAX_PATH_BYTES || valueAt > end) {
      return `an entry claims a path of ${pathBytes} bytes`;
    }
    const path = bytes.toString('utf8', pathAt, valueAt);
    if (path.includes(NO_UTF8)) return 'an entry has a path that is no text';
    return whyNotNext(path) ?? { path, value: bytes.subarray(valueAt, end) };
  };

  return function* (fields: SealedFields, plainAt: PlainAt): Generator<BackupEntry[]> {
    let entries: BackupEntry[] = [];
    for (let i = 0; i < fields.starts.length; i++) {
      const entry = read(plainAt(i));
      if (typeof entry === 'string') {
        if (entries.length > 0) yield entries;
        throw damaged(place, fields.offset + startOf(fields, i) - LENGTH_BYTES, entry);
      }
      entries.push(entry);
      if (entries.length < BATCH) continue;
      yield entries;
      entries = [];
    }
    if (entries.length > 0) yield entries;
  };
}
