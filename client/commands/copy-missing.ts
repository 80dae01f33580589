import { l10n } from 'vscode';
import type { Client } from '../client.ts';
import { chooseDevice, chooseNamespace, roleIn, targetOf } from './choose.ts';
import { copyKeys } from './copy-keys.ts';
import { followers } from './diff.ts';

/** Copies all keys that a replica lacks. */
export async function copyMissing(client: Client, given?: unknown): Promise<void> {
  const target = targetOf(given);
  const { manifest, namespace } = await chooseNamespace(client, target);
  const to = await chooseDevice(
    client,
    l10n.t('Copy to which device?'),
    followers(namespace),
    target,
    roleIn(namespace),
  );
  const devices = namespace.devices.map(({ device }) => device).filter((device) => device !== to);
  const [from = ''] = namespace.primaries.filter((device) => devices.includes(device));
  const place = { manifest: manifest.manifest, namespace: namespace.namespace };
  await copyKeys(client, { ...place, from, to, keys: 'missing' });
}
