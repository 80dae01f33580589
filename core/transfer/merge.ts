import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { backupKeyOf, openPass, readDeviceBackup } from '../backup/device-backup.ts';
import { readState } from '../device/health.ts';
import { systemInfo } from '../device/info.ts';
import { listNamespaces } from '../device/namespaces.ts';
import { postRestore } from '../device/restore.ts';
import type { Session } from '../device/session.ts';
import { type Namespace, ROOT } from '../names.ts';
import { isProblem, Problem } from '../problem.ts';
import type { WorkOptions } from '../progress.ts';
import { backupDevice, type DeviceBackupReport } from './backup-device.ts';
import type { Delivery } from './deliver.ts';
import { ensureNamespace } from './ensure-namespace.ts';
import { type Merged, writeMerged } from './merge-file.ts';
import { verifyMerged } from './merge-verify.ts';
import { requireSameDomain, type TransferOptions } from './prepare-target.ts';
import { compareReleases, requireSameOrNewerRelease } from './releases.ts';
import { emptyReport, type TransferReport } from './report.ts';
import { entryTitle } from './sealed-entry.ts';
import { requireOperational } from './target.ts';
import { checkWholeFile, ownBody, requireOneNode } from './whole-body.ts';
import { hasSingleWrite, readWrites, requireNoWrites } from './writes.ts';

/** How far the operator goes. */
export interface MergeChoice {
  /** Whether a device of the old format may be merged into, where a cut upload deletes. */
  acceptTotalLoss?: boolean;
}

/**
 * Brings entries onto a device where `append` can't be used, by a whole restore of the device's own backup with the
 * missing entries added. A last resort: what anybody writes on the device between that backup and the end of the
 * restore is lost. Creates only: what is there stays as it is. The backup is kept; its place stands in the report.
 * Entries come in the order of paths. Refuses, with nothing restored, when somebody wrote meanwhile.
 */
export async function mergeNamespace(
  session: Session,
  namespace: Namespace,
  delivery: Pick<Delivery, 'origin' | 'entries'>,
  options: TransferOptions & MergeChoice,
): Promise<TransferReport> {
  const { origin } = delivery;
  requireOneNode(session, 'Update the device to a release that takes appends, or use import');
  await requireOperational(session, options);
  const info = await systemInfo(session.node, await session.administrator(), options);
  requireEndMark(session.name, info.softwareVersion, options);
  requireSameOrNewerRelease(origin.release, { device: session.name, softwareVersion: info.softwareVersion });
  const report = emptyReport(namespace, session.name);
  report.created = await ensureNamespaceOfDomain(session, namespace, origin, options);
  const writes = await readWrites(session, options);
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-');
  await mkdir(options.deviceBackups, { recursive: true, mode: 0o700 });
  report.deviceBackup = join(options.deviceBackups, `${session.name}-before-merge-${stamp}.nethsm-backup`);
  const whole = await backupDevice(session, report.deviceBackup, options);
  requireSameDomain({ session, domain: whole.domain }, origin);
  requireSameNode(session.name, whole, info.deviceId);
  const out = join(options.deviceBackups, `${session.name}-merged-${stamp}.nethsm-backup`);
  try {
    const own = await openPass(createReadStream(whole.file), {
      ...options,
      key: backupKeyOf(session),
      place: whole.file,
    });
    const merged = await writeMerged(own, { namespace, entries: delivery.entries() }, out);
    own.summary();
    noteMerged(report, merged);
    if (merged.added.size() === 0) return report;
    const file = await checkWholeFile(out, session, { entries: merged.entries, domain: whole.domain }, options);
    if (options.signal?.aborted) {
      report.stopped = 'it was cancelled before anything was sent';
      return report;
    }
    await requireNoWrites(session, writes);
    if (writes === undefined) report.warning = NOT_WATCHED;
    const problem = await restore(session, ownBody(file), report.deviceBackup);
    report.done = merged.added.size();
    const unread = await problemOf(() => verifyMerged(session, namespace, { file: out, merged }, report));
    const stopped = problem ?? unread;
    if (stopped !== undefined) report.stopped = stopped.message;
    else if (writes !== undefined && !(await hasSingleWrite(session, writes))) report.warning ??= WRITTEN_MEANWHILE;
    return report;
  } finally {
    await rm(out, { force: true });
  }
}

const NOT_WATCHED =
  'without a Metrics user nobody can tell whether somebody wrote on the device between its backup and the restore; what was written then is lost';
const WRITTEN_MEANWHILE =
  'somebody wrote on the device while it was restored; compare it with what was written then, which may be lost';

/** Formats before 4.0 have no end mark. Throws a Problem `refused` unless that is accepted. */
function requireEndMark(place: string, release: string, { acceptTotalLoss }: MergeChoice): void {
  if (acceptTotalLoss === true || compareReleases(release, '4.0') >= 0) return;
  throw new Problem({
    kind: 'refused',
    place,
    cause: `release ${release} reads backups without an end mark: if the upload is cut at the border of two entries, the device answers like a success and deletes every key that comes later`,
    remedy:
      'Update the device to 4.0 or later, or use transfer: import; or, if everything on it may be lost, say --accept-total-loss',
  });
}

function requireSameNode(place: string, { deviceId }: DeviceBackupReport, nodeDeviceId: string): void {
  if (deviceId === undefined || deviceId === nodeDeviceId) return;
  throw new Problem({
    kind: 'refused',
    place,
    cause: `the backup came from node ${deviceId}, but the node answering is ${nodeDeviceId}`,
    remedy: 'Name each node by its own address in the manifest, without a load balancer in between',
  });
}

/** Creates the namespace where it is missing, but never on a device of another domain: that is looked at first. */
async function ensureNamespaceOfDomain(
  session: Session,
  namespace: Namespace,
  origin: Delivery['origin'],
  options: WorkOptions,
): Promise<boolean> {
  const listed = await listNamespaces(session.node, await session.administrator(), options);
  if (namespace === ROOT || listed.includes(namespace)) return false;
  const { domain } = await readDeviceBackup(session, () => {}, options);
  requireSameDomain({ session, domain }, origin);
  return ensureNamespace(session, namespace, options);
}

function noteMerged(report: TransferReport, { same, conflicts, keys, users }: Merged): void {
  const reason = 'it is there with other content, and is left as it is';
  Object.assign(report, { keys, users, asked: keys + users, same, verified: same });
  for (const entry of conflicts) report.conflicts.push({ id: entryTitle(entry), reason });
}

/** Restores, and waits for the end. Gives what was not as it should be; either way the device must be read back. */
async function restore(session: Session, body: ReturnType<typeof ownBody>, kept: string): Promise<Problem | undefined> {
  const credential = await session.administrator();
  return problemOf(async () => {
    const { status, message = '' } = await postRestore(session.node, credential, body);
    const state = await readState(session.node);
    if (status === 204 && state === 'Operational') return;
    throw new Problem({
      kind: 'unexpected',
      place: session.name,
      cause: `after the restore, answered with ${status} ${JSON.stringify(message)}, the device is ${state}`,
      remedy: `Look at the device with doctor; everything it held before is in ${kept}`,
    });
  });
}

/** The Problem that something ends with, so that the report still tells of what was done. */
async function problemOf(work: () => Promise<void>): Promise<Problem | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (isProblem(error)) return error;
    throw error;
  }
}
