import { l10n } from 'vscode';
import type { Client } from '../client.ts';
import { carryOut } from './carry-out.ts';
import { chooseDevice, chooseKey, chooseNamespace, roleIn, targetOf } from './choose.ts';

/** Puts one key into a sealed archive. */
export async function backUpKey(client: Client, given?: unknown): Promise<void> {
  const target = targetOf(given);
  const { manifest, namespace } = await chooseNamespace(client, target);
  const devices = namespace.devices.map(({ device }) => device);
  const device = await chooseDevice(client, l10n.t('Back up from which device?'), devices, target, roleIn(namespace));
  const place = { manifest: manifest.manifest, namespace: namespace.namespace, device };
  const key = await chooseKey(client, target, place);
  await carryOut(client, 'backUpKey', l10n.t('{0} of {1}', key, device), { ...place, key });
}
