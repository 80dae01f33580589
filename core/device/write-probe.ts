import { isProblem } from '../problem.ts';
import type { CallOptions, Credential, DeviceNode } from './node.ts';
import { setUserPassphrase } from './users.ts';

/**
 * Whether a node no longer writes: sets the passphrase of the credential's own user to what it is already. Throws any other
 * Problem when that could not be tried. For Administrators and Operators.
 *
 * Why this write: one that changes nothing (a tag that is there, a missing one deleted, a wrong ETag) is answered before the
 * store is reached (recordings 07, 20), so it shows nothing. This one reaches the store, comes to the same however often and
 * however late it is done, and needs no right but one's own (recording 02). It raises `kv write` by one and seals the
 * user's entry afresh.
 */
export async function probeWriteBlocked(
  node: DeviceNode,
  credential: Credential,
  options: CallOptions = {},
): Promise<boolean> {
  try {
    await setUserPassphrase(node, credential, credential.user, credential.passphrase, options);
    return false;
  } catch (error) {
    if (isProblem(error, 'write-blocked')) return true;
    throw error;
  }
}
