import { X509Certificate } from 'node:crypto';
import { getTime, getTlsCertificate } from '../device/config.ts';
import type { SystemInfo } from '../device/info.ts';
import { probeWriteBlocked } from '../device/write-probe.ts';
import { isProblem, throwIfCancelled } from '../problem.ts';
import { isTestedRelease, TESTED_RELEASES } from '../transfer/releases.ts';
import { attempt, type Finding, ill, well } from './finding.ts';
import type { DoctorOptions, Patient } from './patient.ts';

/** A certificate that ends sooner is spoken of, in days. */
const CERTIFICATE_DAYS = 30;
/** A clock may be off by so much, in milliseconds; the device tells whole seconds. */
const CLOCK_MS = 30_000;
const DAY = 86_400_000;
const WRITE_PATIENCE = 20_000;

/** Whether `append` was measured on the release of the device. */
export const checkRelease = (info: SystemInfo): Finding =>
  isTestedRelease(info.softwareVersion)
    ? well('release', `it runs release ${info.softwareVersion}, which was tested`)
    : ill(
        'release',
        `it runs release ${info.softwareVersion}; sealed keys are sent to ${TESTED_RELEASES.join(', ')} only`,
        'Reading and backing up work; to send keys there, update the device or this program',
      );

/** How long the TLS certificate is valid still. */
export const checkCertificate = ({ session }: Patient, options: DoctorOptions): Promise<Finding> =>
  attempt('certificate', async () => {
    const now = (options.now ?? Date.now)();
    const pem = await getTlsCertificate(session.node, await session.administrator(), options);
    const until = parseCertificate(pem);
    if (until === undefined) {
      return ill('certificate', 'it can not be read', 'Look at config/tls/cert.pem of the device');
    }
    const days = Math.floor((until.getTime() - now) / DAY);
    const date = until.toISOString().slice(0, 10);
    const remedy = 'Renew it, then confirm the new key or add its pin to the manifest beforehand';
    if (days < 0) return ill('certificate', `it ended on ${date}`, remedy);
    return days < CERTIFICATE_DAYS
      ? ill('certificate', `it ends on ${date}, in ${days} days`, remedy)
      : well('certificate', `it is valid until ${date}`);
  });

function parseCertificate(pem: string): Date | undefined {
  try {
    return new X509Certificate(pem).validToDate;
  } catch {
    return undefined;
  }
}

/** How far the clock of the device is off from ours. */
export const checkClock = ({ session }: Patient, options: DoctorOptions): Promise<Finding> =>
  attempt('clock', async () => {
    const now = options.now ?? Date.now;
    const before = now();
    const time = await getTime(session.node, await session.administrator(), options);
    const off = time.getTime() - (before + now()) / 2;
    if (Math.abs(off) <= CLOCK_MS) return well('clock', 'it agrees with ours');
    const how = `${Math.round(Math.abs(off) / 1000)} s ${off > 0 ? 'ahead of' : 'behind'} ours`;
    return ill(
      'clock',
      `it is ${how}`,
      'Set the clock that is wrong: the order of events is read from log and journal',
    );
  });

const BLOCKED_REMEDY =
  'Send it nothing more. Its keys can be used and backed up all the same; only a restore that ends frees it, so speak to its vendor before anybody restarts it';

/**
 * Whether the device writes, by setting our administrator's passphrase to what it is already: hazard 6 leaves a device
 * that reads and never writes. A write that hangs, or fails while reading works, is blocked.
 */
export const checkWrites = ({ session }: Patient, options: DoctorOptions): Promise<Finding> =>
  attempt('writes', async () => {
    const patience = AbortSignal.timeout(options.writePatience ?? WRITE_PATIENCE);
    const signal = options.signal === undefined ? patience : AbortSignal.any([options.signal, patience]);
    try {
      const blocked = await probeWriteBlocked(session.node, await session.administrator(), { signal });
      if (!blocked) return well('writes', 'it writes');
      return ill('writes', 'it is write-blocked: reading works, writing does not', BLOCKED_REMEDY);
    } catch (error) {
      throwIfCancelled(options.signal, session.name);
      if (!isProblem(error, 'cancelled', 'unreachable', 'unexpected')) throw error;
      return ill('writes', 'it is write-blocked: a write hangs or fails while reading works', BLOCKED_REMEDY);
    }
  });
