import { l10n, window } from 'vscode';
import type { Client } from '../client.ts';
import { targetOf } from './choose.ts';

/** Forgets the passphrases that are kept: those of a device, of a manifest, or all. */
export async function forgetSecrets(client: Client, given?: unknown): Promise<void> {
  const { manifest, device } = targetOf(given);
  const which = { ...(manifest !== undefined && { manifest }), ...(device !== undefined && { device }) };
  const gone = await client.vault.forget(which);
  if (client.engine.state === 'up') await client.engine.ask('nethsm/forgetSecrets', which);
  const text =
    gone === 1 ? l10n.t('1 kept passphrase is forgotten.') : l10n.t('{0} kept passphrases are forgotten.', gone);
  void window.showInformationMessage(text);
}
