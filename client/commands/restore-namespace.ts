import { basename } from 'node:path';
import { l10n } from 'vscode';
import type { Client } from '../client.ts';
import { carryOut } from './carry-out.ts';
import { chooseSite, pick, targetOf } from './choose.ts';
import { chooseArchive } from './choose-archive.ts';
import { confirmEffect } from './confirm.ts';

/** Brings the keys of an archive back onto a device; nothing there is deleted. */
export async function restoreNamespace(client: Client, given?: unknown): Promise<void> {
  const target = targetOf(given);
  const { namespace, place } = await chooseSite(client, target, l10n.t('Restore onto which device?'));
  const file = target.file ?? (await chooseArchive(client, place.manifest, place.namespace));
  const users = await pick(client, l10n.t('Restore what?'), [
    { label: l10n.t('Keys only'), value: false },
    { label: l10n.t('Keys and Operators'), description: l10n.t('Operators with their passphrases'), value: true },
  ]);
  const params = { ...place, file, users };
  await confirmEffect(client, l10n.t('Restore {0} onto {1}?', namespace.title, place.device), l10n.t('Restore'), {
    command: 'restoreNamespace',
    params,
  });
  await carryOut(client, 'restoreNamespace', l10n.t('{0} onto {1}', basename(file), place.device), params);
}
