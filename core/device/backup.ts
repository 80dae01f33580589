import type { CallOptions, Credential, DeviceNode } from './node.ts';
import { transportProblem } from './transport-problem.ts';

/**
 * A whole backup as it arrives; Backup users only. Making it is a pass over the device's whole store, whether it is read to the
 * end or not: a caller who has what it wants may stop iterating. Throws `precondition` when no backup passphrase is set; a
 * backup that stops in the middle is `unreachable`, one that fails on the device just ends: its end mark tells.
 */
export async function* downloadBackup(
  node: DeviceNode,
  credential: Credential,
  options: CallOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const answer = await node.open({ endpoint: 'downloadBackup', credential, ...options });
  try {
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) yield chunk;
  } catch (error) {
    throw transportProblem(error, { place: node.place, writes: false, signal: options.signal });
  } finally {
    answer.body.on('error', () => {}).destroy();
  }
}
