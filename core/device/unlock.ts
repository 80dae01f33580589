import { readNothing } from './answer.ts';
import type { CallOptions, DeviceNode } from './node.ts';

/**
 * Unlocks a Locked node. A wrong passphrase is `unauthorised` and is not sent again by this process; a device that is
 * Operational already is `precondition`.
 */
export async function unlock(node: DeviceNode, passphrase: string, options: CallOptions = {}): Promise<void> {
  const guarded = { name: 'unlock passphrase', secret: passphrase };
  const call = { endpoint: 'unlock', credential: undefined, json: { passphrase }, guarded } as const;
  await node.request({ ...call, ...options }, readNothing);
}
