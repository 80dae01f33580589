import { basename } from 'node:path';
import { l10n, window } from 'vscode';
import type { Client } from '../client.ts';
import { carryOut } from './carry-out.ts';
import { chooseSite, orWithdraw, targetOf } from './choose.ts';
import { chooseArchive } from './choose-archive.ts';
import { confirmEffect } from './confirm.ts';

/** Brings one key of an archive back onto a device. */
export async function restoreKey(client: Client, given?: unknown): Promise<void> {
  const target = targetOf(given);
  const { place } = await chooseSite(client, target, l10n.t('Restore onto which device?'));
  const file = target.file ?? (await chooseArchive(client, place.manifest, place.namespace));
  const key =
    target.key ??
    (await orWithdraw(
      client.refresher.whileChoosing(() =>
        window.showInputBox({
          title: l10n.t('Restore one key of {0}', basename(file)),
          prompt: l10n.t('Its id, as it is in the archive'),
          ignoreFocusOut: true,
          validateInput: (text) => (text === '' ? l10n.t('It can’t be empty.') : undefined),
        }),
      ),
    ));
  const params = { ...place, key, file };
  await confirmEffect(client, l10n.t('Restore {0} onto {1}?', key, place.device), l10n.t('Restore'), {
    command: 'restoreKey',
    params,
  });
  await carryOut(client, 'restoreKey', l10n.t('{0} onto {1}', key, place.device), params);
}
