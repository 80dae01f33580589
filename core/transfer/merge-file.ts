import type { BackupPass, PlacedEntry } from '../backup/device-backup.ts';
import type { BackupEntry } from '../backup/format.ts';
import { comparePaths, keyPath, userPath } from '../backup/paths.ts';
import { writeBackup } from '../backup/writer.ts';
import { type BitSet, createBitSet } from '../bit-set.ts';
import { meet } from '../inventory/compare.ts';
import type { Namespace } from '../names.ts';
import { createNewFile } from '../new-file.ts';
import type { SealedEntry } from './sealed-entry.ts';

/** What came of a merge of entries into a backup. */
export interface Merged {
  /** Entries in the merged file. */
  entries: number;
  /** Places in the merged file of those that the backup lacked. */
  added: BitSet;
  /** Those that the backup has with the same bytes. */
  same: number;
  /** Those that the backup has with other bytes: it keeps its own. */
  conflicts: SealedEntry[];
  keys: number;
  users: number;
}

/**
 * Writes a whole backup file that holds everything of a backup as it is, and of `wanted` what it lacks. Both come in the
 * order of paths; so does the file. Throws a RangeError for wanted entries that are out of order or have the path of
 * another namespace, and leaves no file then.
 */
export async function writeMerged(
  own: BackupPass,
  wanted: { namespace: Namespace; entries: AsyncIterable<readonly SealedEntry[]> },
  out: string,
): Promise<Merged> {
  const merged: Merged = { entries: 0, added: createBitSet(), same: 0, conflicts: [], keys: 0, users: 0 };
  const file = await createNewFile(out);
  try {
    for await (const chunk of writeBackup(own.header, own.backupKey, mergedEntries(own, wanted, merged))) {
      await file.write(chunk);
    }
    await file.commit();
    return merged;
  } finally {
    await file.abandon();
  }
}

async function* mergedEntries(
  own: BackupPass,
  { namespace, entries }: Parameters<typeof writeMerged>[1],
  merged: Merged,
): AsyncGenerator<BackupEntry> {
  for await (const meetings of meet(byPath(own.batches), checked(namespace, entries), comparePaths)) {
    for (const { left, right } of meetings) {
      if (right !== undefined) note(merged, right.entry, left?.entry);
      merged.entries += 1;
      yield left?.entry ?? (right?.entry as SealedEntry);
    }
  }
}

function note(merged: Merged, wanted: SealedEntry, there: BackupEntry | undefined): void {
  if (wanted.kind === 'key') merged.keys += 1;
  else merged.users += 1;
  if (there === undefined) merged.added.add(merged.entries);
  else if (there.value.equals(wanted.value)) merged.same += 1;
  // Without its value: many would fill the memory.
  else merged.conflicts.push({ ...wanted, value: NOTHING });
}

const NOTHING = Buffer.alloc(0);

/** The entries of a backup with their paths as what they are ordered by. */
export async function* byPath(
  batches: AsyncIterable<readonly PlacedEntry[]>,
): AsyncGenerator<{ id: string; entry: BackupEntry }[]> {
  for await (const batch of batches) yield batch.map(({ entry }) => ({ id: entry.path, entry }));
}

async function* checked(
  namespace: Namespace,
  entries: AsyncIterable<readonly SealedEntry[]>,
): AsyncGenerator<{ id: string; entry: SealedEntry }[]> {
  for await (const batch of entries) {
    yield batch.map((entry) => {
      const path = entry.kind === 'key' ? keyPath(namespace, entry.id) : userPath(namespace, entry.name);
      if (path !== entry.path) throw new RangeError(`${entry.path} is of another namespace`);
      return { id: entry.path, entry };
    });
  }
}
