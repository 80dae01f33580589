import { l10n } from 'vscode';
import type { Client } from '../client.ts';
import { carryOut } from './carry-out.ts';
import { chooseDevice, chooseNamespace, roleIn, targetOf } from './choose.ts';
import { confirmEffect } from './confirm.ts';

/** Takes an old primary back as a replica. */
export async function rejoin(client: Client, given?: unknown): Promise<void> {
  const target = targetOf(given);
  const { manifest, namespace } = await chooseNamespace(client, target);
  const behind = namespace.devices.filter(({ epoch }) => epoch !== namespace.epoch).map(({ device }) => device);
  const devices = behind.length > 0 ? behind : namespace.devices.map(({ device }) => device);
  const device = await chooseDevice(client, l10n.t('Which device comes back?'), devices, target, roleIn(namespace));
  const params = { manifest: manifest.manifest, namespace: namespace.namespace, device };
  const { premise } = await confirmEffect(
    client,
    l10n.t('Re-join {0} as a replica of {1}?', device, namespace.title),
    l10n.t('Re-join'),
    { command: 'rejoin', params },
  );
  await carryOut(client, 'rejoin', l10n.t('{0} of {1}', device, namespace.title), { ...params, premise });
}
