import { connectDevice } from '../device/device.ts';
import type { KnownDevices } from '../device/known-devices.ts';
import type { Limits } from '../device/limits.ts';
import type { Credential } from '../device/node.ts';
import type { DeviceConfig } from '../device/node-config.ts';
import type { Session } from '../device/session.ts';
import { namespaceTitle, ROOT } from '../names.ts';
import { Problem } from '../problem.ts';
import { deviceEntry, type LoadedManifest } from './manifest.ts';
import type { SecretGetter } from './secrets.ts';

/** A device of a manifest with its secrets behind it; the caller closes the device. */
export function openSession(
  loaded: LoadedManifest,
  config: DeviceConfig,
  secrets: SecretGetter,
  how: { known: KnownDevices; node: number; limits?: Partial<Limits> },
): Session {
  const { name } = config;
  const device = connectDevice(config, { known: how.known, ...(how.limits && { limits: how.limits }) });
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
