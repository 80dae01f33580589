/** The backup format in its plainest form, over a whole file in memory: what the streaming reader must agree with. */
import { type BackupEntry, END_MARK, LENGTH_BYTES, MAX_ENTRY_BYTES, MAX_PATH_BYTES } from '../../core/backup/format.ts';
import { comparePaths } from '../../core/backup/paths.ts';
import { type CipherKey, unseal } from '../../core/backup/sealing.ts';
import type { ProblemKind } from '../../core/problem.ts';

export interface Expected {
  entries: BackupEntry[];
  problem?: ProblemKind;
}

/** Reads what stands behind an intact header, in strict order. */
export function readEntriesPlainly(version: number, body: Buffer, key: CipherKey): Expected {
  const entries: BackupEntry[] = [];
  const ends = (problem?: ProblemKind): Expected => ({ entries, ...(problem && { problem }) });
  let rest = body;
  while (rest.length > 0) {
    if (rest.length < LENGTH_BYTES) return ends('truncated');
    const length = rest.readUIntBE(0, LENGTH_BYTES);
    rest = rest.subarray(LENGTH_BYTES);
    if (length === 0 && version === 1) {
      if (rest.equals(END_MARK)) return ends();
      return ends(END_MARK.subarray(0, rest.length).equals(rest) ? 'truncated' : 'damaged');
    }
    if (length < 32 || length > MAX_ENTRY_BYTES) return ends('damaged');
    if (rest.length < length) return ends('truncated');
    const plain = unseal(key, rest.subarray(0, length), 'backup');
    rest = rest.subarray(length);
    if (plain === undefined) return ends('damaged');
    const pathBytes = plain.readUIntBE(0, LENGTH_BYTES);
    if (pathBytes < 1 || pathBytes > Math.min(MAX_PATH_BYTES, plain.length - LENGTH_BYTES)) return ends('damaged');
    const bytes = plain.subarray(LENGTH_BYTES, LENGTH_BYTES + pathBytes);
    const path = bytes.toString();
    const last = entries.at(-1);
    if (!Buffer.from(path).equals(bytes) || path.includes('\ufffd')) return ends('damaged');
    if (last !== undefined && comparePaths(last.path, path) >= 0) return ends('damaged');
    entries.push({ path, value: plain.subarray(LENGTH_BYTES + pathBytes) });
  }
  return ends(version === 1 ? 'truncated' : undefined);
}
