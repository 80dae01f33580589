import type { Session } from '../../../core/device/session.ts';
import { hasNamespace } from '../../../core/inventory/read.ts';
import type { Namespace } from '../../../core/names.ts';
import { isProblem } from '../../../core/problem.ts';

/**
 * Whether a device has a namespace, before its N-Administrator is tried: a namespace that was never copied there holds
 * nothing, which is no fault of a passphrase. True where the administrator can't tell: then what is read next says why.
 */
export async function isThere(session: Session, namespace: Namespace): Promise<boolean> {
  try {
    return await hasNamespace(session, namespace);
  } catch (error) {
    if (isProblem(error, 'bad-manifest', 'forbidden')) return true;
    throw error;
  }
}
