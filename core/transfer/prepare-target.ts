import type { Session } from '../device/session.ts';
import type { Namespace } from '../names.ts';
import { Problem } from '../problem.ts';
import type { WorkOptions } from '../progress.ts';
import { ensureDeviceBackup } from './backup-device.ts';
import { ensureNamespace } from './ensure-namespace.ts';
import { requireSameOrNewerRelease } from './releases.ts';
import { emptyReport, type TransferReport } from './report.ts';
import { lookAgain, openTarget, type Target } from './target.ts';

/** Where sealed entries come from, as far as a target must agree with it. */
export interface Origin {
  /** What people call it. */
  place: string;
  domain: string;
  release: string;
}

/** What every transfer to a device needs to know. */
export interface TransferOptions extends WorkOptions {
  /** Folder of the whole backups that are taken before the first change to a device. */
  deviceBackups: string;
}

/**
 * Makes a device ready to receive entries: checks first (operational, tested release, same domain), then takes the
 * whole backup, then creates the namespace where it is missing. Nothing is changed before every check passed.
 */
export async function prepareTarget(
  session: Session,
  namespace: Namespace,
  origin: Origin,
  options: TransferOptions,
): Promise<{ target: Target; report: TransferReport }> {
  const target = await openTarget(session, namespace, options);
  return { target, report: await makeReady(target, origin, options) };
}

/** {@link prepareTarget} for a device that was looked at already. */
export async function makeReady(target: Target, origin: Origin, options: TransferOptions): Promise<TransferReport> {
  const { session, namespace } = target;
  requireSameDomain(target, origin);
  requireSameOrNewerRelease(origin.release, { device: session.name, softwareVersion: target.release });
  const device = { deviceId: target.deviceId, softwareVersion: target.release, domain: target.domain };
  const deviceBackup = await ensureDeviceBackup(session, options.deviceBackups, device, options);
  const created = await ensureNamespace(session, namespace, options);
  if (created) await lookAgain(target, options);
  return { ...emptyReport(namespace, session.name), deviceBackup, created };
}

/** Throws a Problem `refused` when a target could never open what the origin sealed. */
export function requireSameDomain(
  target: Pick<Target, 'domain' | 'session'>,
  origin: Pick<Origin, 'place' | 'domain'>,
): void {
  if (target.domain === origin.domain) return;
  throw new Problem({
    kind: 'refused',
    place: target.session.name,
    cause: `it has another Domain Key than ${origin.place}, so it could never open these entries`,
    remedy: 'Pair the devices first (pair), or check that this is the right device',
  });
}
