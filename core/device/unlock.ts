import { isProblem, Problem } from '../problem.ts';
import { readNothing } from './answer.ts';
import type { CallOptions, DeviceNode } from './node.ts';

/**
 * Unlocks a Locked node. A wrong passphrase is `unauthorised` and is not sent again by this process; a device that is
 * Operational already is `precondition`.
 */
export async function unlock(node: DeviceNode, passphrase: string, options: CallOptions = {}): Promise<void> {
  const guarded = { name: 'unlock passphrase', secret: passphrase };
  try {
    await node.request(
      { endpoint: 'unlock', credential: undefined, json: { passphrase }, guarded, ...options },
      readNothing,
    );
  } catch (error) {
    if (!isProblem(error, 'forbidden')) throw error;
    throw new Problem(
      {
        kind: 'unauthorised',
        place: error.place,
        cause: 'this passphrase does not unlock the device',
        remedy:
          'Use the unlock passphrase that belongs to its Domain Key: after a restore that of the device which the backup came from',
      },
      { cause: error },
    );
  }
}
