import { listKeys } from '../device/keys.ts';
import { createNamespace, listNamespaces } from '../device/namespaces.ts';
import type { Session } from '../device/session.ts';
import { createUser } from '../device/users.ts';
import { type Namespace, ROOT } from '../names.ts';
import { isProblem, Problem } from '../problem.ts';
import type { WorkOptions } from '../progress.ts';

/**
 * Makes sure that a namespace is on a device, with our N-Administrator in it. An R-Administrator can add a user to a
 * namespace only before it exists (recording 02), so the user comes first. Gives whether the namespace was created.
 */
export async function ensureNamespace(
  session: Session,
  namespace: Namespace,
  options: WorkOptions = {},
): Promise<boolean> {
  if (namespace === ROOT) return false;
  const root = await session.administrator();
  if ((await listNamespaces(session.node, root, options)).includes(namespace)) return false;
  const own = await session.namespaceAdministrator(namespace);
  const { user: id, passphrase } = own;
  try {
    await createUser(session.node, root, id, { realName: 'NetHSM Replication', role: 'Administrator', passphrase });
  } catch (error) {
    if (!isProblem(error, 'exists')) throw error;
    await requireOurs(session, own.user, namespace, options);
  }
  await createNamespace(session.node, root, namespace);
  return true;
}

/** A user left over from a namespace that was deleted: with the right passphrase the device says 403, else 401 (recording 03). */
async function requireOurs(session: Session, id: string, namespace: Namespace, options: WorkOptions): Promise<void> {
  try {
    await listKeys(session.node, await session.namespaceAdministrator(namespace), options);
  } catch (error) {
    if (isProblem(error, 'forbidden')) return;
    if (!isProblem(error, 'unauthorised')) throw error;
    throw new Problem(
      {
        kind: 'refused',
        place: session.name,
        cause: `the user ${id} is left over from a deleted namespace, with another passphrase, so nobody of ours could manage the new one`,
        remedy: `Delete the user ${id} as R-Administrator, then run this again`,
      },
      { cause: error },
    );
  }
}
