import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectDevice } from '../core/device/device.ts';
import type { KnownDevices, KnownDevicesFile } from '../core/device/known-devices.ts';
import type { Credential } from '../core/device/node.ts';
import type { DeviceConfig, NodeConfig } from '../core/device/node-config.ts';
import type { Session } from '../core/device/session.ts';
import { namespaceTitle, ROOT } from '../core/names.ts';
import { isProblem, Problem } from '../core/problem.ts';
import type { DeviceEntry, TlsEntry } from '../schemas/manifest.ts';
import { manifestPath } from './files.ts';
import { confirmDevice, knownDevices } from './known-devices.ts';
import { deviceEntry, type LoadedManifest } from './manifest.ts';
import type { Run } from './run.ts';
import { makeSecretKeeper, type SecretKeeper } from './secrets.ts';

/** Folder of the whole backups that are taken before the first change to a device. */
export const deviceBackupsFolder = (run: Run): string => join(run.stateFolder(), 'device-backups');

/**
 * Connects to devices of a manifest, does the work, and disconnects. Every device is confirmed first; secrets are fetched
 * when they are needed. Throws what {@link confirmDevice} throws, and a Problem `usage` for a device that is not there.
 * `keep` opens sessions of unconfirmed devices too: whatever is asked of them ends in a Problem `untrusted`.
 */
export async function withSessions<const N extends readonly string[], T>(
  run: Run,
  loaded: LoadedManifest,
  names: N,
  work: (...sessions: { [K in keyof N]: Session }) => Promise<T>,
  how: { unconfirmed: 'refuse' | 'keep' } = { unconfirmed: 'refuse' },
): Promise<T> {
  const known = knownDevices(run);
  const secrets = makeSecretKeeper(run, loaded.folder);
  const configs = await Promise.all(names.map((name) => deviceConfig(run, loaded, name, deviceEntry(loaded, name))));
  const sessions: Session[] = [];
  try {
    for (const config of configs) {
      const node = await chooseNode(run, known, config, how.unconfirmed);
      sessions.push(openSession(loaded, config, secrets, { known, node }));
    }
    return await work(...(sessions as { [K in keyof N]: Session }));
  } finally {
    await Promise.all(sessions.map((session) => session.device.close()));
  }
}

async function chooseNode(
  run: Run,
  known: KnownDevicesFile,
  config: DeviceConfig,
  unconfirmed: 'refuse' | 'keep',
): Promise<number> {
  if (unconfirmed === 'refuse') return confirmDevice(run, known, config);
  if (!run.trustNewDevices) return 0;
  try {
    return await confirmDevice(run, known, config);
  } catch (error) {
    // What stands in the way of one device is told when it is asked.
    if (isProblem(error) && error.kind !== 'cancelled') return 0;
    throw error;
  }
}

/** A device of the manifest as the device client takes it; CA files are read. */
export async function deviceConfig(
  run: Run,
  loaded: LoadedManifest,
  name: string,
  entry: DeviceEntry,
): Promise<DeviceConfig> {
  const nodes = entry.nodes ?? (entry.url === undefined ? [] : [{ url: entry.url, tls: entry.tls }]);
  return {
    name,
    nodes: await Promise.all(nodes.map(async ({ url, tls }) => ({ url, tls: await trust(run, loaded.folder, tls) }))),
  };
}

async function trust(run: Run, folder: string, tls: TlsEntry | undefined): Promise<NodeConfig['tls']> {
  if (tls === undefined) return { kind: 'system' };
  if ('pins' in tls) return { kind: 'pins', pins: tls.pins };
  return { kind: 'ca', pem: await readFile(await manifestPath(folder, tls.ca, run.allowCommands), 'utf8') };
}

/** A device with its secrets behind it; the caller closes the device. */
export function openSession(
  loaded: LoadedManifest,
  config: DeviceConfig,
  secrets: SecretKeeper,
  how: { known: KnownDevices; node: number },
): Session {
  const { name } = config;
  const device = connectDevice(config, { known: how.known });
  const node = device.nodes[how.node];
  if (node === undefined) throw incomplete(loaded.file, `devices.${name} has no address`);
  const credentials = deviceEntry(loaded, name).credentials ?? {};
  const user = async (which: 'administrator' | 'backup' | 'metrics'): Promise<Credential> => {
    const entry = credentials[which];
    if (entry === undefined) throw incomplete(loaded.file, `devices.${name}.credentials.${which} is not there`);
    const title = `passphrase of ${entry.user} on ${name}`;
    const passphrase = await secrets.get({ owner: name, credential: which, title, source: entry.passphrase });
    return { user: entry.user, passphrase };
  };
  const passphrase = (which: 'backupPassphrase' | 'unlockPassphrase', title: string): Promise<string> =>
    secrets.get({ owner: name, credential: which, title: `${title} of ${name}`, source: credentials[which] });
  return {
    name,
    device,
    node,
    administrator: () => user('administrator'),
    backup: () => user('backup'),
    async metrics() {
      const source = credentials.metrics?.passphrase;
      if (credentials.metrics === undefined) return undefined;
      // It only makes things cheaper: nobody is asked for it.
      return secrets.has({ owner: name, credential: 'metrics', title: '', source }) ? user('metrics') : undefined;
    },
    async namespaceAdministrator(namespace) {
      if (namespace === ROOT) return user('administrator');
      const own = loaded.manifest.namespaces[namespace]?.administrator ?? { user: 'replicator' };
      const id = `${namespace}~${own.user}`;
      const source = 'passphrase' in own ? own.passphrase : undefined;
      const title = `passphrase of ${id}, our N-Administrator of ${namespaceTitle(namespace)}`;
      const wanted = { owner: namespace, credential: 'namespaceAdministrator', title, source };
      return { user: id, passphrase: await secrets.get(wanted) };
    },
    backupPassphrase: () => passphrase('backupPassphrase', 'backup passphrase'),
    unlockPassphrase: () => passphrase('unlockPassphrase', 'unlock passphrase'),
  };
}

const incomplete = (file: string, cause: string): Problem =>
  new Problem({ kind: 'bad-manifest', place: file, cause, remedy: 'Add it to the manifest' });
