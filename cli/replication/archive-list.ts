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
  /** Whose devices can open it. */
  domain?: string;
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
    const { namespace, created, device, domain, keys, users } = await verifyArchive(file, passphrase, run.work);
    const at = Date.parse(created);
    // A file that was renamed to another namespace's is nobody's to prune.
    const scheduled = name !== undefined && name.namespace === namespace;
    return { file, scheduled, namespace, at, verified: true, device, domain, keys, users: users.length };
  } catch (error) {
    if (!isProblem(error) || error.kind === 'cancelled') throw error;
    const { namespace, device, at = 0 } = name ?? {};
    const said = { namespace, at, ...(device !== undefined && { device }) };
    return { file, scheduled: name !== undefined, ...said, verified: false, problem: error.reason };
  }
}

/**
 * Deletes the archives that were made on a schedule and need not stay now, each namespace by its own rule; gives their files.
 * Archives of different domains take no place from each other: a folder may serve several pairs of devices.
 */
export async function pruneArchives(
  archives: readonly ListedArchive[],
  ruleOf: KeepRule,
  now: number,
): Promise<string[]> {
  const scheduled = archives.filter((archive) => archive.scheduled);
  const groups = Map.groupBy(scheduled, (archive) => `${archive.namespace} ${domainOf(archive, scheduled)}`);
  const pruned: string[] = [];
  for (const group of groups.values()) {
    const namespace = group[0]?.namespace;
    const rule = namespace === undefined ? undefined : ruleOf(namespace);
    if (rule === undefined) continue;
    for (const { file } of prunable(withoutEmpty(group), rule.keep, now, rule.timeZone)) {
      await rm(file, { force: true });
      pruned.push(file);
    }
  }
  return pruned;
}

/** Archives where one without a key is no successor of one with keys: something emptied the namespace meanwhile. */
function withoutEmpty(archives: readonly ListedArchive[]): ListedArchive[] {
  const isEmpty = ({ keys = 0 }: ListedArchive): boolean => keys === 0;
  if (archives.every(isEmpty)) return [...archives];
  return archives.map((archive) => (isEmpty(archive) ? { ...archive, verified: false } : archive));
}

/** The domain of an archive; of one that can not be opened, that of the others of its device, if they are of one. */
function domainOf(archive: ListedArchive, all: readonly ListedArchive[]): string | undefined {
  if (archive.domain !== undefined) return archive.domain;
  const alike = all.filter(({ namespace, device }) => namespace === archive.namespace && device === archive.device);
  const domains = new Set(alike.flatMap(({ domain }) => domain ?? []));
  return domains.size === 1 ? [...domains][0] : undefined;
}
