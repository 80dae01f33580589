import { l10n } from 'vscode';
import type { Client } from '../client.ts';
import { carryOut } from './carry-out.ts';
import { chooseSite, targetOf } from './choose.ts';
import { confirmEffect } from './confirm.ts';
import { followers } from './diff.ts';

/** Exchanges the roles of a primary and a replica that are both there. */
export async function switchover(client: Client, given?: unknown): Promise<void> {
  const target = targetOf(given);
  const { namespace, place } = await chooseSite(client, target, l10n.t('Which device becomes primary?'), followers);
  const { premise } = await confirmEffect(
    client,
    l10n.t('Make {0} the primary of {1}?', place.device, namespace.title),
    l10n.t('Switch Over'),
    { command: 'switchover', params: place },
  );
  await carryOut(client, 'switchover', l10n.t('{0} to {1}', namespace.title, place.device), { ...place, premise });
}
