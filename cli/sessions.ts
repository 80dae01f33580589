import { join } from 'node:path';
import type { KnownDevicesFile } from '../core/device/known-devices.ts';
import type { Limits } from '../core/device/limits.ts';
import type { DeviceConfig } from '../core/device/node-config.ts';
import type { Session } from '../core/device/session.ts';
import { isProblem } from '../core/problem.ts';
import { deviceConfig } from '../core/sessions/device-config.ts';
import { deviceEntry, type LoadedManifest } from '../core/sessions/manifest.ts';
import { openSession } from '../core/sessions/open-session.ts';
import { confirmDevice, knownDevices } from './known-devices.ts';
import type { Run } from './run.ts';
import { makeSecretKeeper, type SecretKeeper } from './secrets.ts';

/** Folder of the whole backups that are taken before the first change to a device. */
export const deviceBackupsFolder = (run: Run): string => join(run.stateFolder(), 'device-backups');

/** What becomes of devices that can't be worked with yet. */
interface Missing {
  /** `ask` asks a person like `refuse`, and keeps a device that stays unconfirmed. */
  unconfirmed: 'refuse' | 'keep' | 'ask';
  unreachable?: 'keep';
}

/** What becomes of devices that can't be worked with yet, how long one is waited for, and who gives the secrets. */
export interface How extends Missing {
  limits?: Partial<Limits>;
  secrets?: SecretKeeper;
}

/**
 * Connects to devices of a manifest, does the work, and disconnects. Every device is confirmed first; secrets are fetched
 * when they are needed. Throws what {@link confirmDevice} throws, and a Problem `usage` for a device that is not there.
 * `keep` and `ask` open sessions of devices that are unconfirmed, or that do not answer, too: whatever is asked of them ends in a
 * Problem `untrusted` or `unreachable`.
 */
export async function withSessions<const N extends readonly string[], T>(
  run: Run,
  loaded: LoadedManifest,
  names: N,
  work: (...sessions: { [K in keyof N]: Session }) => Promise<T>,
  how: How = { unconfirmed: 'refuse' },
): Promise<T> {
  const known = knownDevices(run);
  const secrets = how.secrets ?? makeSecretKeeper(run, loaded.folder);
  const rules = { folder: loaded.folder, allowOutside: run.allowCommands };
  const configs = await Promise.all(names.map((name) => deviceConfig(name, deviceEntry(loaded, name), rules)));
  const sessions: Session[] = [];
  try {
    for (const config of configs) {
      const node = await chooseNode(run, known, config, how);
      sessions.push(openSession(loaded, config, secrets, { known, node, ...(how.limits && { limits: how.limits }) }));
    }
    return await work(...(sessions as { [K in keyof N]: Session }));
  } finally {
    await Promise.all(sessions.map((session) => session.device.close()));
  }
}

async function chooseNode(run: Run, known: KnownDevicesFile, config: DeviceConfig, how: Missing): Promise<number> {
  if (how.unconfirmed === 'keep' && !run.trustNewDevices) return 0;
  try {
    return await confirmDevice(run, known, config);
  } catch (error) {
    if (isKept(error, how)) return 0;
    throw error;
  }
}

/** Whether what stands in the way of one device is told when it is asked, and not now. */
function isKept(error: unknown, { unconfirmed, unreachable }: Missing): boolean {
  if (unreachable === 'keep' && isProblem(error, 'unreachable')) return true;
  return unconfirmed !== 'refuse' && isProblem(error) && error.kind !== 'cancelled';
}
