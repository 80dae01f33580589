import { createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { Problem } from '../problem.ts';
import {
  type BackupEntry,
  type BackupVersion,
  END_MARK,
  ENTRY_DATA,
  LENGTH_BYTES,
  MAX_ENTRY_BYTES,
  MAX_PATH_BYTES,
} from './format.ts';
import { comparePaths } from './paths.ts';
import { NONCE_BYTES, type SecretKey, TAG_BYTES } from './sealing.ts';

/** The smallest sealed entry: nonce, length of the path, a path of one byte, tag. */
const MIN_ENTRY_BYTES = NONCE_BYTES + LENGTH_BYTES + 1 + TAG_BYTES;
const ENTRY_AAD = Buffer.from(ENTRY_DATA);
/** What `TextDecoder` and `Buffer` put in place of bytes that are no UTF-8. */
const NO_UTF8 = '\ufffd';

/** What an entry parser has to know. */
export interface ParserOptions {
  version: BackupVersion;
  backupKey: SecretKey;
  /** `strict`: each path comes after the one before, as devices write them; so a path twice is found too. */
  order: 'any' | 'strict';
  place: string;
  /** Where in the file the first entry begins, for messages. */
  offset: number;
}

/** Reads entries out of the bytes behind the header, pushed in chunks of any size. */
export interface EntryParser {
  /**
   * Takes the next chunk, gives the entries that are whole now, each with its tag verified. What is wrong with the
   * file stands in {@link problem} afterwards, so that the whole entries before the fault are not lost.
   */
  push(chunk: Uint8Array): BackupEntry[];
  /** Tells that the file ends here; gives what is wrong with that, if anything. */
  end(): Problem | undefined;
  readonly problem: Problem | undefined;
  /** The bytes behind the zero length of version 1, as far as they came. */
  readonly endMark: Buffer | undefined;
}

/**
 * Makes an {@link EntryParser}. It copies only what straddles two chunks, and holds no more than one entry and one
 * chunk.
 */
export function createEntryParser(options: ParserOptions): EntryParser {
  const { order, place, version } = options;
  const backupKey = createSecretKey(options.backupKey);
  let pieces: Uint8Array[] = [];
  let pending = 0;
  let needed = LENGTH_BYTES;
  let offset = options.offset;
  let previous = '';
  let endMark: Buffer | undefined;
  let problem: Problem | undefined;

  const damaged = (at: number, why: string): Problem =>
    new Problem({
      kind: 'damaged',
      place: `${place}, byte ${offset + at}`,
      cause: why,
      remedy: 'Use another copy of the file, or make a new backup',
    });

  const openEntry = (sealed: Buffer, at: number): BackupEntry | Problem => {
    const plain = openField(backupKey, sealed);
    if (plain === undefined) return damaged(at, 'an entry was altered, or belongs to another file');
    const pathBytes = plain.readUIntBE(0, LENGTH_BYTES);
    const valueAt = LENGTH_BYTES + pathBytes;
    if (pathBytes === 0 || pathBytes > MAX_PATH_BYTES || valueAt > plain.length) {
      return damaged(at, `an entry claims a path of ${pathBytes} bytes`);
    }
    const path = plain.toString('utf8', LENGTH_BYTES, valueAt);
    if (path.includes(NO_UTF8)) return damaged(at, 'an entry has a path that is no text');
    if (order === 'strict') {
      if (path === previous) return damaged(at, `the path ${JSON.stringify(path)} stands there twice`);
      if (previous !== '' && comparePaths(previous, path) > 0) {
        return damaged(at, `the path ${JSON.stringify(path)} stands behind ${JSON.stringify(previous)}`);
      }
      previous = path;
    }
    return { path, value: plain.subarray(valueAt) };
  };

  /** Reads from `at` what is whole; gives where it stopped. */
  const parse = (bytes: Buffer, entries: BackupEntry[]): number => {
    let at = 0;
    while (at + LENGTH_BYTES <= bytes.length) {
      const length = bytes.readUIntBE(at, LENGTH_BYTES);
      if (length === 0 && version === 1) {
        endMark = Buffer.alloc(0);
        return at + LENGTH_BYTES;
      }
      if (length < MIN_ENTRY_BYTES || length > MAX_ENTRY_BYTES) {
        problem = damaged(at, `an entry claims ${length} bytes, ${MIN_ENTRY_BYTES} to ${MAX_ENTRY_BYTES} are possible`);
        return at;
      }
      const end = at + LENGTH_BYTES + length;
      if (end > bytes.length) {
        needed = LENGTH_BYTES + length;
        return at;
      }
      const entry = openEntry(bytes.subarray(at + LENGTH_BYTES, end), at);
      if (entry instanceof Problem) {
        problem = entry;
        return at;
      }
      entries.push(entry);
      at = end;
    }
    needed = LENGTH_BYTES;
    return at;
  };

  const takeEndMark = (bytes: Buffer): void => {
    endMark = Buffer.concat([endMark ?? Buffer.alloc(0), bytes.subarray(0, END_MARK.length + 1)]);
    if (!endMark.equals(END_MARK.subarray(0, endMark.length))) problem ??= damaged(0, whyNotEnd(endMark));
  };

  return {
    push(chunk) {
      const entries: BackupEntry[] = [];
      if (problem !== undefined || chunk.length === 0) return entries;
      pieces.push(chunk);
      pending += chunk.length;
      if (endMark === undefined && pending < needed) return entries;
      const bytes = pieces.length === 1 ? asBuffer(chunk) : Buffer.concat(pieces, pending);
      const at = endMark === undefined ? parse(bytes, entries) : 0;
      const rest = bytes.subarray(at);
      offset += at;
      if (endMark !== undefined) takeEndMark(rest);
      const keep = endMark === undefined && rest.length > 0;
      pieces = keep ? [rest] : [];
      pending = keep ? rest.length : 0;
      return entries;
    },
    end() {
      if (problem !== undefined) return problem;
      const whole = version === 0 ? pending === 0 : endMark?.length === END_MARK.length;
      return whole ? undefined : truncated(`${place}, byte ${offset + pending}`);
    },
    get problem() {
      return problem;
    },
    get endMark() {
      return endMark;
    },
  };
}

function openField(key: KeyObject, sealed: Buffer): Buffer | undefined {
  const tagAt = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES));
  decipher.setAAD(ENTRY_AAD);
  decipher.setAuthTag(sealed.subarray(tagAt));
  const plain = decipher.update(sealed.subarray(NONCE_BYTES, tagAt));
  try {
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}

const asBuffer = (chunk: Uint8Array): Buffer =>
  Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);

const whyNotEnd = (mark: Buffer): string =>
  mark.subarray(0, END_MARK.length).equals(END_MARK)
    ? 'something follows the end mark'
    : 'the end mark is not the one that a device writes';

/** The problem of a file that is cut. */
export const truncated = (place: string): Problem =>
  new Problem({
    kind: 'truncated',
    place,
    cause: 'the file ends too early',
    remedy: 'Fetch or copy it again: the entries before this place are whole, what came after is missing',
  });
