import { basename } from 'node:path';
import { askNodes } from '../../device/answering-nodes.ts';
import type { DeviceNode } from '../../device/node.ts';
import type { Session } from '../../device/session.ts';
import { deleteUser } from '../../device/users.ts';
import { type Namespace, namespaceTitle, ROOT, type UserName, userId } from '../../names.ts';
import { isProblem, Problem } from '../../problem.ts';
import type { Context } from '../context.ts';
import type { Policy } from '../policy.ts';
import { tell } from '../tell.ts';
import { ensureKeepersArchive, presentKeepers } from './keepers-archive.ts';
import type { ArchivedWho } from './keepers-places.ts';
import { beginLock, endLock } from './lock-step.ts';
import { settle } from './settle.ts';
import { userOf } from './users.ts';

/** What locking a replica did. */
export interface LockReport {
  namespace: Namespace;
  device: string;
  /** Keepers that were removed now; all of them were archived before. */
  removed: readonly UserName[];
  /** Where they are archived; empty when there was nobody to remove. */
  archives: readonly string[];
  /** What else there is to say. */
  note?: string;
}

/**
 * Locks a replica: our own N-Administrator removes the others of the namespace, so that nobody else can change a key
 * there (an R-Administrator can get round this, and an old restore). Operators are not touched. Before the first
 * removal our own passphrase was tried and all keepers lie archived at two places, apart from the others where they are those
 * who came back to a locked replica. May be run again after a crash at any point. Root is never locked: its R-Administrators stay.
 */
export async function lockReplica(
  ctx: Context,
  session: Session,
  policy: Policy,
  who: ArchivedWho = 'all',
): Promise<LockReport> {
  const { namespace } = policy;
  const { name: device } = session;
  if (namespace === ROOT) {
    const note = 'root is not locked: its keys belong to the R-Administrators, who stay';
    return { namespace, device, removed: [], archives: [], note };
  }
  await requireReplicator(ctx, session, namespace);
  const keepers = await presentKeepers(ctx, session, policy);
  if (keepers.length === 0) {
    endLock(ctx, policy, device);
    return { namespace, device, removed: [], archives: [] };
  }
  const { files, keepers: archived } = await ensureKeepersArchive(ctx, session, policy, who);
  requireArchived(device, await presentKeepers(ctx, session, policy), archived);
  beginLock(ctx, policy, device, basename(files[0]));
  tell(ctx, {
    namespace,
    device,
    kind: 'lock',
    level: 'info',
    text: `removing keepers of ${namespaceTitle(namespace)}: ${archived.join(', ')}; they are archived in ${files.join(' and ')}`,
  });
  const credential = await session.namespaceAdministrator(namespace);
  for (const name of archived) {
    await deleteUser(session.node, credential, userId(namespace, name), ctx).catch((error: unknown) => {
      if (!isProblem(error, 'not-found')) throw error;
    });
  }
  await settle(ctx, session.device);
  await askNodes(session, async (node) => {
    const left = await presentKeepers(ctx, session, policy, node);
    if (left.length > 0) throw stillThere(node, left);
  });
  endLock(ctx, policy, device);
  return { namespace, device, removed: archived, archives: files };
}

/** Tries our own passphrase on every node that answers, and whether it is an N-Administrator's. */
async function requireReplicator(ctx: Context, session: Session, namespace: Namespace): Promise<void> {
  const credential = await session.namespaceAdministrator(namespace);
  await askNodes(session, async (node) => {
    const own = await userOf(node, credential, credential.user, ctx).catch((error: unknown) => {
      if (!isProblem(error, 'forbidden')) throw error;
    });
    if (own?.role === 'Administrator' && credential.user.startsWith(`${namespace}~`)) return;
    throw new Problem({
      kind: 'refused',
      place: node.place,
      cause: `${credential.user} is no N-Administrator of ${namespaceTitle(namespace)}, so nobody could change it once the others are gone; nobody was removed`,
      remedy: 'Name an N-Administrator of the namespace in the manifest',
    });
  });
}

function requireArchived(device: string, present: readonly UserName[], archived: readonly UserName[]): void {
  const others = present.filter((name) => !archived.includes(name));
  if (others.length === 0) return;
  throw new Problem({
    kind: 'refused',
    place: device,
    cause: `somebody made an N-Administrator (${others.join(', ')}) while the keepers were being archived; nobody was removed`,
    remedy: 'Run this again',
  });
}

const stillThere = (node: DeviceNode, left: readonly UserName[]): Problem =>
  new Problem({
    kind: 'partial',
    place: node.place,
    cause: `keepers are there after they were removed (${left.join(', ')}): somebody makes them anew, or the node does not know yet`,
    remedy: 'Find out who makes N-Administrators there, then run this again',
  });
