import { l10n } from 'vscode';
import type { Client } from '../client.ts';
import { carryOut } from './carry-out.ts';
import { chooseDevice, chooseNamespace, roleIn, targetOf } from './choose.ts';
import { confirmEffect } from './confirm.ts';
import { followers } from './diff.ts';

/** Makes a replica the primary while the old one is out of reach. What may be lost is shown; the namespace's name is typed. */
export async function failover(client: Client, given?: unknown): Promise<void> {
  const target = targetOf(given);
  const { manifest, namespace } = await chooseNamespace(client, target);
  const title = l10n.t('Which device becomes primary without the old one?');
  const device = await chooseDevice(client, title, followers(namespace), target, roleIn(namespace));
  const place = { manifest: manifest.manifest, namespace: namespace.namespace, device };
  const agreed = await confirmEffect(
    client,
    l10n.t('Fail over {0} to {1}, without its primary?', namespace.title, device),
    l10n.t('Fail Over'),
    { command: 'failover', params: { ...place, acceptLoss: true } },
  );
  await carryOut(client, 'failover', l10n.t('{0} to {1}', namespace.title, device), { ...place, ...agreed });
}
