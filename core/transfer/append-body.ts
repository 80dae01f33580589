import { comparePaths } from '../backup/paths.ts';
import { encodeEntry } from '../backup/writer.ts';
import { brandRestoreBody, type RestoreBody } from '../device/restore.ts';
import { MAX_BODY_BYTES, MAX_OWN_ENTRIES } from './batches.ts';
import type { HeaderPair } from './header-pair.ts';
import type { SealedEntry } from './sealed-entry.ts';

/**
 * The end mark that makes it an append: as long as the device's own and different from it, so that entries are
 * stored and nothing is removed. There is no way to put another one here (hazard 4).
 */
export const APPEND_END_MARK = Buffer.concat([Buffer.alloc(3), Buffer.from('_NETHSM_APPEND_END_')]);

/**
 * A whole restore body that adds entries to the device whose pair it carries.
 * Entries come in the order of paths, each once. Throws a RangeError when a limit is broken: callers cut first.
 */
export function buildAppendBody(pair: HeaderPair, entries: readonly SealedEntry[]): RestoreBody {
  if (entries.length > MAX_OWN_ENTRIES) throw new RangeError(`${entries.length} entries in one body`);
  const all = [...entries, pair.unlockSalt].sort((a, b) => comparePaths(a.path, b.path));
  for (let i = 1; i < all.length; i++) {
    if (all[i]?.path === all[i - 1]?.path) throw new RangeError(`${all[i]?.path} twice in one body`);
  }
  const file = Buffer.concat([
    pair.header,
    ...all.map((entry) => encodeEntry(pair.backupKey, entry.path, entry.value)),
    APPEND_END_MARK,
  ]);
  if (file.length > MAX_BODY_BYTES) throw new RangeError(`${file.length} bytes in one body`);
  return brandRestoreBody({ kind: 'append', arguments: '{}', file });
}
