import { l10n } from 'vscode';
import type { Client } from '../client.ts';
import { carryOut } from './carry-out.ts';
import { chooseSite, targetOf } from './choose.ts';
import { chooseArchive } from './choose-archive.ts';
import { chooseArchivedKey } from './choose-archived-key.ts';
import { confirmEffect } from './confirm.ts';

/** Brings one key of an archive back onto a device. */
export async function restoreKey(client: Client, given?: unknown): Promise<void> {
  const target = targetOf(given);
  const { place } = await chooseSite(client, target, l10n.t('Restore onto which device?'));
  const file = target.file ?? (await chooseArchive(client, place.manifest, place.namespace));
  const key = target.key ?? (await chooseArchivedKey(client, place.manifest, file));
  const params = { ...place, key, file };
  await confirmEffect(client, l10n.t('Restore {0} onto {1}?', key, place.device), l10n.t('Restore'), {
    command: 'restoreKey',
    params,
  });
  await carryOut(client, 'restoreKey', l10n.t('{0} onto {1}', key, place.device), params);
}
