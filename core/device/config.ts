import * as z from 'zod';
import { readBytes, readJson, readNothing } from './answer.ts';
import { type CallOptions, type Credential, type DeviceNode, internalsOf } from './node.ts';
import { forgetRefusals } from './passphrase-guard.ts';

/** The name under which wrong tries are remembered. */
const GUARD = 'backup passphrase';
const TIME = z.object({ time: z.iso.datetime() });

/** Sets the backup passphrase, 10 to 200 characters; the current one is `''` when there is none yet. A wrong one is
 * `unauthorised` and not sent again by this process. */
export async function setBackupPassphrase(
  node: DeviceNode,
  credential: Credential,
  passphrases: { current: string; next: string },
  options: CallOptions = {},
): Promise<void> {
  const { current, next } = passphrases;
  const json = { newPassphrase: next, currentPassphrase: current };
  const guarded = { name: GUARD, secret: current };
  const secret = current === '' ? {} : { guarded };
  await node.request({ endpoint: 'setBackupPassphrase', credential, json, ...secret, ...options }, readNothing);
  forgetRefusals(internalsOf(node).address.origin, `(${GUARD})`);
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
