import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Namespace } from '../../core/names.ts';
import { isProblem } from '../../core/problem.ts';
import { readScheduledName } from '../../core/replication/schedule/archive-files.ts';
import { type AgedArchive, type Keep, prunable } from '../../core/replication/schedule/retention.ts';
import { verifyArchive } from '../../core/transfer/backup-namespace.ts';
import type { Run } from '../run.ts';

/** A sealed archive in a folder, read to its end. */
export interface ListedArchive extends AgedArchive {
  file: string;
  /** Whether its name says that a schedule made it: only such ones are pruned. */
  scheduled: boolean;
  /** Undefined when it can not be opened and its name does not tell. */
  namespace: Namespace | undefined;
  device?: string;
  keys?: number;
  users?: number;
  /** Why it is not verified. */
  problem?: string;
}

/** Which archives of a namespace stay; undefined where nothing says so. */
export type KeepRule = (namespace: Namespace) => { keep: Keep; timeZone?: string } | undefined;

/** Reads every sealed archive in a folder to its end, the newest first. One that can not be opened is listed too. */
export async function listArchives(run: Run, folder: string, passphrase: string): Promise<ListedArchive[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.nethsm-archive'));
  const archives: ListedArchive[] = [];
  for (const { name } of files) archives.push(await listArchive(run, join(folder, name), passphrase));
  return archives.sort((a, b) => b.at - a.at);
}

async function listArchive(run: Run, file: string, passphrase: string): Promise<ListedArchive> {
  const name = readScheduledName(basename(file));
  try {
    const { namespace, created, device, keys, users } = await verifyArchive(file, passphrase, run.work);
    const at = Date.parse(created);
    // A file that was renamed to another namespace's is nobody's to prune.
    const scheduled = name !== undefined && name.namespace === namespace;
    return { file, scheduled, namespace, at, verified: true, device, keys, users: users.length };
  } catch (error) {
    if (!isProblem(error) || error.kind === 'cancelled') throw error;
    const { namespace, at = 0 } = name ?? {};
    return { file, scheduled: name !== undefined, namespace, at, verified: false, problem: error.reason };
  }
}

/** Deletes the archives that were made on a schedule and need not stay now, each namespace by its own rule; gives their files. */
export async function pruneArchives(
  archives: readonly ListedArchive[],
  ruleOf: KeepRule,
  now: number,
): Promise<string[]> {
  const scheduled = archives.filter((archive) => archive.scheduled);
  const pruned: string[] = [];
  for (const namespace of new Set(scheduled.map((archive) => archive.namespace))) {
    const rule = namespace === undefined ? undefined : ruleOf(namespace);
    if (rule === undefined) continue;
    const own = scheduled.filter((archive) => archive.namespace === namespace);
    for (const { file } of prunable(own, rule.keep, now, rule.timeZone)) {
      await rm(file, { force: true });
      pruned.push(file);
    }
  }
  return pruned;
}
