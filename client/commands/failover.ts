import { l10n } from 'vscode';
import type { Client } from '../client.ts';
import { carryOut } from './carry-out.ts';
import { chooseSite, targetOf } from './choose.ts';
import { confirmEffect } from './confirm.ts';
import { followers } from './diff.ts';

/** Makes a replica the primary while the old one is out of reach. What may be lost is shown; the namespace's name is typed. */
export async function failover(client: Client, given?: unknown): Promise<void> {
  const target = targetOf(given);
  const title = l10n.t('Which device becomes primary without the old one?');
  const { namespace, place } = await chooseSite(client, target, title, followers);
  const agreed = await confirmEffect(
    client,
    l10n.t('Fail over {0} to {1}, without its primary?', namespace.title, place.device),
    l10n.t('Fail Over'),
    { command: 'failover', params: { ...place, acceptLoss: true } },
  );
  await carryOut(client, 'failover', l10n.t('{0} to {1}', namespace.title, place.device), { ...place, ...agreed });
}
