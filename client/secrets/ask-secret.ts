import { l10n, window } from 'vscode';
import type { SecretAnswer, SecretParams } from '../../server/operations/protocol.ts';
import { isKeepable, type Vault } from './vault.ts';

/** Gives the engine a secret that it needs: a kept one, or the person's. One question at a time. */
export function createSecretAnswer(vault: Vault): (params: SecretParams) => Promise<SecretAnswer | null> {
  let line: Promise<unknown> = Promise.resolve();
  let warned = false;

  const ask = async (params: SecretParams): Promise<SecretAnswer | null> => {
    if (!params.refused) {
      const kept = await vault.kept(params);
      if (kept !== undefined) return { secret: kept };
    }
    if (!warned && (await vault.forgetful())) {
      warned = true;
      void window.showWarningMessage(
        l10n.t(
          'This editor keeps secrets in memory only, since the system has no keyring: passphrases are asked for again after each start.',
        ),
      );
    }
    const secret = await window.showInputBox({
      title: params.title.charAt(0).toUpperCase() + params.title.slice(1),
      prompt: promptOf(params),
      password: true,
      ignoreFocusOut: true,
      validateInput: (text) => (text === '' ? l10n.t('It can’t be empty.') : undefined),
    });
    if (secret === undefined || secret === '') return null;
    vault.given(params, secret);
    return { secret };
  };

  return async (params) => {
    if (params.keptOnly) {
      const secret = await vault.kept(params);
      return secret === undefined ? null : { secret };
    }
    const answer = line.then(() => ask(params));
    line = answer.catch(() => undefined);
    return answer;
  };
}

function promptOf(params: SecretParams): string {
  const { reason, places, refused } = params;
  return [
    refused === true && refusal(places.length > 0),
    l10n.t('Needed {0}.', reason),
    isKeepable(params) ? destination(places) : l10n.t('It is not kept.'),
  ]
    .filter((part) => part !== false)
    .join(' ');
}

const refusal = (byDevice: boolean): string =>
  byDevice
    ? l10n.t('The device refused the last one. It is tried once: devices punish guesses.')
    : l10n.t('The last one did not open it.');

function destination(places: SecretParams['places']): string {
  if (places.length === 0) return l10n.t('It is kept in the editor’s secret storage once it was of use.');
  const where = places.map(({ origin }) => origin).join(', ');
  return l10n.t('It goes to {0} only, and is kept in the editor’s secret storage once the device took it.', where);
}
