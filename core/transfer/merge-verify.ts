import { createReadStream } from 'node:fs';
import { backupKeyOf, openDeviceBackup, openPass } from '../backup/device-backup.ts';
import { comparePaths, keyPath, parsePath } from '../backup/paths.ts';
import type { Session } from '../device/session.ts';
import { listUsers } from '../device/users.ts';
import { meet } from '../inventory/compare.ts';
import { listIds } from '../inventory/read.ts';
import { type Namespace, ROOT } from '../names.ts';
import { byPath, type Merged } from './merge-file.ts';
import { readBack } from './read-back.ts';
import type { TransferReport } from './report.ts';
import { entryTitle, type SealedEntry, sealedEntry } from './sealed-entry.ts';

/** Entries that were there before and are not any more are named up to this many. */
const NAMED = 20;

/**
 * Reads a device back after a merge: a pass over its sealed bytes must show everything that the merged file holds, what was
 * there before and what was added, and the listings must show what was added. An added entry whose bytes differ by
 * now (somebody used or tagged it) is read by itself. Not cancellable: it must end.
 */
export async function verifyMerged(
  session: Session,
  namespace: Namespace,
  { file, merged }: { file: string; merged: Merged },
  report: TransferReport,
): Promise<void> {
  const listed = await listedPaths(session, namespace);
  const sent = await openPass(createReadStream(file), { key: backupKeyOf(session), place: file });
  const now = await openDeviceBackup(session);
  const lost: string[] = [];
  let place = -1;
  const others: SealedEntry[] = [];
  const fail = (entry: SealedEntry, reason: string): void => {
    report.failed.push({ id: entryTitle(entry), reason });
  };
  for await (const meetings of meet(byPath(sent.batches), byPath(now.batches), comparePaths)) {
    for (const { id, left, right } of meetings) {
      if (left === undefined) continue;
      place += 1;
      if (!merged.added.has(place)) {
        if (right === undefined && isSealed(id)) lost.push(id);
        continue;
      }
      const added = sealedEntry(left.entry.path, NOTHING);
      if (right === undefined) fail(added, 'the device does not have it');
      else if (!listed.has(id)) fail(added, 'the device has it and does not list it');
      else if (right.entry.value.equals(left.entry.value)) report.verified += 1;
      else others.push(added);
    }
  }
  now.summary();
  const back = await readBack({ session, namespace }, others, { expected: () => undefined });
  report.verified += back.verified.length;
  for (const failed of back.failed) report.failed.push(failed);
  const reason = 'it was on the device before the merge and is not there any more';
  report.failed.push(...lost.slice(0, NAMED).map((id) => ({ id, reason })));
  if (lost.length > 0) report.warning = `${lost.length} entries that were on the device before are missing`;
}

const NOTHING = Buffer.alloc(0);

/** What a restore takes and removes: the entries of the three sealed stores. */
const isSealed = (path: string): boolean => ['key', 'user', 'namespace', 'version'].includes(parsePath(path).kind);

async function listedPaths(session: Session, namespace: Namespace): Promise<Set<string>> {
  const paths = new Set<string>((await listIds(session, namespace)).map((id) => keyPath(namespace, id)));
  if (namespace === ROOT) return paths;
  for (const user of await listUsers(session.node, await session.namespaceAdministrator(namespace))) {
    paths.add(`/authentication/${user}`);
  }
  return paths;
}
