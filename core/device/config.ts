import * as z from 'zod';
import { readBytes, readJson, readNothing } from './answer.ts';
import type { CallOptions, Credential, DeviceNode } from './node.ts';

const TIME = z.object({ time: z.iso.datetime() });

/** Sets the backup passphrase, 10 to 200 characters; the current one is `''` when there is none yet. A wrong one: `forbidden`. */
export async function setBackupPassphrase(
  node: DeviceNode,
  credential: Credential,
  passphrases: { current: string; next: string },
  options: CallOptions = {},
): Promise<void> {
  const json = { newPassphrase: passphrases.next, currentPassphrase: passphrases.current };
  await node.request(
    {
      endpoint: 'setBackupPassphrase',
      credential,
      json,
      ...(passphrases.current !== '' && { guarded: { name: 'backup passphrase', secret: passphrases.current } }),
      ...options,
    },
    readNothing,
  );
}

/** The clock of a node; R-Administrators only. */
export async function getTime(node: DeviceNode, credential: Credential, options: CallOptions = {}): Promise<Date> {
  const { time } = await node.request({ endpoint: 'getTime', credential, ...options }, (answer) =>
    readJson(answer, TIME),
  );
  return new Date(time);
}

/** The public key of a node's TLS certificate, PEM. */
export function getTlsPublicKey(node: DeviceNode, credential: Credential, options: CallOptions = {}): Promise<string> {
  return node.request({ endpoint: 'getTlsPublicKey', credential, ...options }, async (answer) =>
    (await readBytes(answer)).toString(),
  );
}

/** A node's TLS certificate, PEM. */
export function getTlsCertificate(
  node: DeviceNode,
  credential: Credential,
  options: CallOptions = {},
): Promise<string> {
  return node.request({ endpoint: 'getTlsCertificate', credential, ...options }, async (answer) =>
    (await readBytes(answer)).toString(),
  );
}
