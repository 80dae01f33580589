import { l10n, window } from 'vscode';
import type { Probe } from '../../server/operations/protocol.ts';
import type { Client } from '../client.ts';
import { date } from '../views/words.ts';
import { carryOut } from './carry-out.ts';
import { chooseManifest, orWithdraw, targetOf } from './choose.ts';
import { Withdrawn } from './withdrawn.ts';

/** Adds a device to a manifest: address, public key seen and confirmed, credentials tried, then a minimal edit. */
export async function addDevice(client: Client, given?: unknown): Promise<void> {
  const { manifest, devices } = await chooseManifest(client, targetOf(given));
  const title = (step: number) => l10n.t('Add a device ({0} of 4)', step);
  const ask = (step: number, prompt: string, value: string, wrong: (text: string) => string | undefined) =>
    orWithdraw(
      client.refresher.whileChoosing(() =>
        window.showInputBox({ title: title(step), prompt, value, ignoreFocusOut: true, validateInput: wrong }),
      ),
    );
  const url = await ask(1, l10n.t('Address of its API'), 'https://', wrongUrl);
  const probe = await client.engine.ask('nethsm/probe', { url });
  await confirmPin(client, probe);
  const name = await ask(2, l10n.t('Its name in the manifest'), suggestion(url, devices), (text) =>
    wrongName(text, devices),
  );
  const administrator = await ask(3, l10n.t('User who administrates it'), 'admin', () => undefined);
  const backup = await ask(4, l10n.t('User who makes backups; empty for none'), 'backup', () => undefined);
  await carryOut(client, 'addDevice', name, {
    manifest,
    name,
    url,
    pin: probe.pin,
    ...(administrator !== '' && { administrator }),
    ...(backup !== '' && { backup }),
  });
}

/** `https://`, or `http://` for this machine. */
export function wrongUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || url.hostname === '') return l10n.t('An address looks like https://nethsm.example/api/v1');
  const loopback = /^(127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && loopback)) return undefined;
  return l10n.t('Only https://, and http:// for 127.0.0.1');
}

const wrongName = (text: string, taken: readonly string[]): string | undefined =>
  !/^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(text)
    ? l10n.t('Letters, digits, dots and dashes')
    : taken.includes(text)
      ? l10n.t('The manifest has a device of this name')
      : undefined;

function suggestion(url: string, taken: readonly string[]): string {
  const [host = 'device'] = new URL(url).hostname.replace(/^nethsm-?/, '').split('.');
  const name = /^[a-z]/i.test(host) ? host : 'device';
  return taken.includes(name) ? `${name}-2` : name;
}

async function confirmPin(client: Client, { origin, pin, state, release, certificate }: Probe): Promise<void> {
  const detail = [
    release === undefined ? state : l10n.t('NetHSM {0}, {1}', release, state),
    !pin.startsWith('sha256:')
      ? l10n.t('On this machine, without TLS: nothing to compare.')
      : l10n.t('Public key (SHA-256):\n{0}', pin),
    certificate && l10n.t('Certificate of {0}, until {1}', certificate.subject, date(certificate.validTo)),
    l10n.t('Compare it with what the device’s administrator tells you. Passphrases go there once you trust it.'),
  ];
  const trust = l10n.t('Trust This Device');
  const answer = await client.refresher.whileChoosing(() =>
    window.showWarningMessage(
      l10n.t('Is this your device? At {0} stands', origin),
      { modal: true, detail: detail.filter((line) => line !== undefined).join('\n\n') },
      trust,
    ),
  );
  if (answer !== trust) throw new Withdrawn();
}
