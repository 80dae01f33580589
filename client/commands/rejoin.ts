import { l10n } from 'vscode';
import type { NamespaceView } from '../../server/operations/protocol.ts';
import type { Client } from '../client.ts';
import { carryOut } from './carry-out.ts';
import { chooseSite, targetOf } from './choose.ts';
import { confirmEffect } from './confirm.ts';

/** Takes an old primary back as a replica. */
export async function rejoin(client: Client, given?: unknown): Promise<void> {
  const target = targetOf(given);
  const { namespace, place } = await chooseSite(client, target, l10n.t('Which device comes back?'), thoseBehind);
  const { premise } = await confirmEffect(
    client,
    l10n.t('Re-join {0} as a replica of {1}?', place.device, namespace.title),
    l10n.t('Re-join'),
    { command: 'rejoin', params: place },
  );
  await carryOut(client, 'rejoin', l10n.t('{0} of {1}', place.device, namespace.title), { ...place, premise });
}

/** The devices whose record is of another epoch; all when that is none. */
function thoseBehind({ devices, epoch: ruling }: NamespaceView): string[] {
  const behind = devices.filter(({ epoch }) => epoch !== ruling);
  return (behind.length > 0 ? behind : devices).map(({ device }) => device);
}
