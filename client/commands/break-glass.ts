import { l10n } from 'vscode';
import type { Client } from '../client.ts';
import { carryOut } from './carry-out.ts';
import { chooseSite, targetOf } from './choose.ts';
import { chooseArchive } from './choose-archive.ts';
import { confirmEffect } from './confirm.ts';

/** Brings the other administrators of a namespace back onto a device, from an archive. */
export async function breakGlass(client: Client, given?: unknown): Promise<void> {
  const target = targetOf(given);
  const { namespace, place } = await chooseSite(client, target, l10n.t('Onto which device?'));
  const file = target.file ?? (await chooseArchive(client, place.manifest, place.namespace));
  const params = { ...place, file };
  const { typed, premise } = await confirmEffect(
    client,
    l10n.t('Bring the administrators of {0} back onto {1}?', namespace.title, place.device),
    l10n.t('Bring Back'),
    { command: 'breakGlass', params },
  );
  await carryOut(client, 'breakGlass', l10n.t('{0} on {1}', namespace.title, place.device), {
    ...params,
    typed,
    premise,
  });
}
