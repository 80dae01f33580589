import type { Call, Credential } from './node.ts';

/** The authorization header of a credential. */
export const basic = (credential: Credential): string =>
  `Basic ${Buffer.from(`${credential.user}:${credential.passphrase}`).toString('base64')}`;

const SECRET_FIELDS = ['passphrase', 'newPassphrase', 'currentPassphrase'];

/** What of a request can hold a secret. */
export type Sent = Pick<Call, 'credential' | 'json' | 'content'>;

/** The secrets that a request carries as text, in the spellings in which they go out. */
function secretsOf({ credential, json }: Sent): string[] {
  const { private: key, ...others } = (json ?? {}) as Record<string, unknown>;
  const fields = Object.entries(others);
  const parts = Object.values((key ?? {}) as Record<string, string>);
  const values = fields.flatMap(([name, value]) =>
    SECRET_FIELDS.includes(name) && typeof value === 'string' && value !== '' ? [value] : [],
  );
  const own = credential ? [basic(credential).slice('Basic '.length), credential.passphrase] : [];
  return [...own, ...values, ...parts].flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
}

/** Any text of a request's body that is this long and comes back is taken for a part of it. */
const QUOTED = 16;

/** Whether a text holds a piece of what was sent: a private key goes out as bytes and is never made a string here. */
function quotes(text: string, sent: Uint8Array): boolean {
  const bytes = Buffer.from(sent.buffer, sent.byteOffset, sent.byteLength);
  // By bytes: Node aborts when it looks in a Buffer for a text with half a surrogate pair.
  const quoted = Buffer.from(text);
  for (let at = 0; at + QUOTED <= quoted.length; at++) {
    if (bytes.includes(quoted.subarray(at, at + QUOTED))) return true;
  }
  return false;
}

/** Longest text that is looked through; much less of it is ever shown. */
const MOST = 4000;

/**
 * A text of the other end without our secrets: a proxy that is looked into, or a debugging server, sends a request back.
 * Nothing is left of a text that quotes a body of bytes.
 */
export function withoutSecrets(text: string, sent: Sent): string {
  const shown = secretsOf(sent).reduce((rest, secret) => (secret === '' ? rest : rest.replaceAll(secret, '…')), text);
  return sent.content && quotes(shown.slice(0, MOST), sent.content.data) ? '' : shown.slice(0, MOST);
}
