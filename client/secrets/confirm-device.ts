import { l10n, window } from 'vscode';
import type { ConfirmDeviceParams } from '../../server/operations/protocol.ts';

/** Has a person say that passphrases may go to an address and the public key that answers there. */
export async function confirmDevice({ device, origin, pin, verdict }: ConfirmDeviceParams): Promise<boolean> {
  const changed = verdict === 'changed';
  const trust = changed ? l10n.t('Trust the New Key') : l10n.t('Trust This Device');
  const key = !pin.startsWith('sha256:')
    ? l10n.t('On this machine, without TLS: nothing to compare.')
    : l10n.t('Public key (SHA-256):\n{0}', pin);
  const advice = changed
    ? l10n.t(
        'Another public key was confirmed for this address before. If nobody renewed the certificate, somebody may stand in between: then don’t trust it.',
      )
    : l10n.t('Compare it with what the device’s administrator tells you. Passphrases go there once you trust it.');
  const question = changed
    ? l10n.t('The public key of {0} at {1} has changed', device, origin)
    : l10n.t('Is this {0}? Nobody has confirmed {1} yet', device, origin);
  const answer = await window.showWarningMessage(question, { modal: true, detail: `${key}\n\n${advice}` }, trust);
  return answer === trust;
}
