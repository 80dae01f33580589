import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readDeviceBackup } from '../backup/device-backup.ts';
import { unlockDomainKey } from '../backup/unseal.ts';
import { type DeviceState, readState } from '../device/health.ts';
import { listKeys } from '../device/keys.ts';
import { listNamespaces } from '../device/namespaces.ts';
import type { Credential } from '../device/node.ts';
import { postRestore } from '../device/restore.ts';
import type { Session } from '../device/session.ts';
import { unlock } from '../device/unlock.ts';
import { listUsers } from '../device/users.ts';
import { Problem } from '../problem.ts';
import { backupDevice, stampNow } from './backup-device.ts';
import type { TransferOptions } from './prepare-target.ts';
import { requireOperational } from './target.ts';
import { checkWholeFile, pairingBody, requireOneNode, type WholeFile } from './whole-body.ts';

/** Who takes over whose Domain Key. */
export interface PairRequest {
  from: Session;
  to: Session;
  /** Name of the device whose content may be lost; must be that of `to`. */
  erase?: string;
}

/** What came of pairing. */
export interface PairReport {
  from: string;
  to: string;
  /** Fingerprint of the Domain Key that both have now. */
  domain: string;
  /** Whole backup of what the target held before, where it could be made. */
  deviceBackup?: string;
  /** Users, namespaces and keys that the target held before. */
  erased: { users: number; namespaces: number; keys: number };
}

/**
 * Gives a device the Domain Key of another, by a whole restore of the other's backup: everything that the device held
 * before is gone, and it has the other's users, passphrases, namespaces and keys. So it is refused unless the device is
 * empty or named to be erased, and unless the other's unlock passphrase opens that backup. Unlocks the device afterwards
 * and compares the domains. A device that is Locked already, since an earlier run ended there, is only unlocked.
 */
export async function pairDevices(request: PairRequest, options: TransferOptions): Promise<PairReport> {
  const { from, to, erase } = request;
  requireOneNode(to, 'Pair a single device, then let the other nodes join it');
  await requireOperational(from, options);
  const unlockPassphrase = await from.unlockPassphrase();
  const state = await readState(to.node, options);
  const erased = await whatIsThere(to, state, options);
  requireErasable(to, erased, erase);
  const report: PairReport = { from: from.name, to: to.name, domain: '', erased };
  await mkdir(options.deviceBackups, { recursive: true, mode: 0o700 });
  const place = (what: string): string => join(options.deviceBackups, `${what}-${stampNow()}.nethsm-backup`);
  const file = place(`${from.name}${FOR_PAIRING}`);
  await removeLeftOvers(options.deviceBackups, `${from.name}${FOR_PAIRING}`);
  try {
    const whole = await backupDevice(from, file, options);
    const body = await checkWholeFile(file, from, whole, options);
    await requireUnlocks(from, body, unlockPassphrase);
    if (state === 'Locked') await unlock(to.node, unlockPassphrase, options);
    else {
      if (erased.namespaces + erased.keys + erased.users > 0) {
        report.deviceBackup = place(`${to.name}-before-pairing`);
        await backupDevice(to, report.deviceBackup, options);
      }
      const credential = state === 'Unprovisioned' ? undefined : await to.administrator();
      await restoreWhole(to, credential, body, await from.backupPassphrase());
      if ((await readState(to.node)) === 'Locked') await unlock(to.node, unlockPassphrase);
    }
    await requireOperational(to);
    // From here on the users and the backup passphrase of `from` are those of `to`.
    const after = await readDeviceBackup({ ...from, node: to.node, name: to.name }, () => {});
    if (after.domain !== whole.domain) throw stillAnother(to.name, from.name);
    return { ...report, domain: after.domain };
  } finally {
    await rm(file, { force: true });
  }
}

const FOR_PAIRING = '-for-pairing';

/** A run that was killed leaves the other device's whole backup behind. */
async function removeLeftOvers(folder: string, prefix: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(`${prefix}-`)) await rm(join(folder, name), { force: true });
  }
}

/** Tries the unlock passphrase on the backup before the device depends on it. */
async function requireUnlocks(from: Session, { summary, path }: WholeFile, unlockPassphrase: string): Promise<void> {
  const { header, unlockSalt } = summary;
  if (unlockSalt === undefined) throw noUnlockSalt(from.name);
  (await unlockDomainKey(header, unlockSalt, unlockPassphrase, path)).fill(0);
}

const noUnlockSalt = (place: string): Problem =>
  new Problem({
    kind: 'damaged',
    place: `backup of ${place}`,
    cause: 'it holds no unlock salt, so nothing could be unlocked with it',
    remedy: 'Run doctor on the device, and ask its vendor',
  });

/** What a device holds beyond the users that the manifest names for it. */
async function whatIsThere(to: Session, state: DeviceState, options: TransferOptions): Promise<PairReport['erased']> {
  if (state === 'Unprovisioned' || state === 'Locked') return { users: 0, namespaces: 0, keys: 0 };
  await requireOperational(to, options);
  const root = await to.administrator();
  const own = new Set([root.user, (await to.backup()).user, (await to.metrics())?.user]);
  const users = (await listUsers(to.node, root, options)).filter((user) => !own.has(user));
  const namespaces = await listNamespaces(to.node, root, options);
  const keys = await listKeys(to.node, root, options);
  return { users: users.length, namespaces: namespaces.length, keys: keys.length };
}

function requireErasable(to: Session, there: PairReport['erased'], erase: string | undefined): void {
  if (there.users + there.namespaces + there.keys === 0 || erase === to.name) return;
  throw new Problem({
    kind: 'refused',
    place: to.name,
    cause: `it holds ${there.namespaces} namespaces, ${there.keys} root keys and ${there.users} more users, and pairing deletes all of them`,
    remedy: `If they may go, say so with --erase ${to.name}: a whole backup of the device is taken first`,
  });
}

async function restoreWhole(
  to: Session,
  credential: Credential | undefined,
  file: WholeFile,
  passphrase: string,
): Promise<void> {
  // An operational device keeps its own time.
  const body = pairingBody(file, passphrase, credential === undefined ? new Date() : undefined);
  const answer = await postRestore(to.node, credential, body);
  if (answer.status === 204) return;
  if (answer.status === 500) throw restoring(to.name);
  throw new Problem({
    kind: 'unexpected',
    place: to.name,
    cause: `it answered the restore with ${answer.status} ${JSON.stringify(answer.message ?? '')}`,
    remedy: 'Look at its state with doctor, and pair again',
  });
}

/** A device answers so to a second restore, and for ever after a restore body that was reset (hazard 6). */
const restoring = (place: string): Problem =>
  new Problem({
    kind: 'write-blocked',
    place,
    cause:
      'it answered the restore with 500, as it does while another restore is on its way, or after one that was cut and never ended',
    remedy:
      'Wait until the other restore ended and pair again; if there is none, reset the device to factory state first',
  });

const stillAnother = (to: string, from: string): Problem =>
  new Problem({
    kind: 'unexpected',
    place: to,
    cause: `after the restore its Domain Key is still not that of ${from}`,
    remedy: 'Check that the address is that of one node and not of a load balancer, and pair again',
  });
