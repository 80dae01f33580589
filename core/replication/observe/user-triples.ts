import type { Session } from '../../device/session.ts';
import { getUser, listUserTags } from '../../device/users.ts';
import { compareIds } from '../../inventory/item.ts';
import { type KeyId, type Namespace, type UserName, userId } from '../../names.ts';
import { isProblem } from '../../problem.ts';
import type { Context } from '../context.ts';
import type { Base } from '../journal/journal.ts';
import type { UserSide, UserTriple } from '../plan/input.ts';
import { LEASE_USER } from '../roles/lease-record.ts';
import { epochOfUser } from '../roles/record.ts';
import { baseOf } from './base-facts.ts';

/** How a user's base is called in the journal: beside the keys, under a name that no key can have. */
export const userBaseId = (name: UserName): KeyId => `user ${name}` as KeyId;
export const isUserBase = ({ id }: Pick<Base, 'id'>): boolean => id.startsWith('user ');

/** A device's users by the digests of their sealed values. */
export interface UsersThere {
  session: Session;
  users: ReadonlyMap<UserName, Buffer>;
  /** Its N-Administrators but ours. */
  keepers: readonly UserName[];
}

/** What came of comparing the users of two devices. */
export interface UsersSeen {
  triples: UserTriple[];
  newBases: Base[];
  /** Bases of users that are on neither side. */
  gone: KeyId[];
}

/**
 * The Operators of a namespace that need a decision. Sealed values are compared first; only users whose values differ are
 * read. Keepers, our own user, role records and leases are no business of replication.
 */
export async function compareUsers(
  ctx: Context,
  namespace: Namespace,
  left: UsersThere,
  right: UsersThere,
  bases: ReadonlyMap<string, Base>,
): Promise<UsersSeen> {
  const seen: UsersSeen = { triples: [], newBases: [], gone: [] };
  const own = await Promise.all([left, right].map(({ session }) => session.namespaceAdministrator(namespace)));
  const isOurs = (name: UserName): boolean =>
    name === LEASE_USER || epochOfUser(name) !== undefined || own.some(({ user }) => user === userId(namespace, name));
  const names = new Set([...left.users.keys(), ...right.users.keys()]);
  for (const name of [...names].sort(compareIds)) {
    if (isOurs(name)) continue;
    const [a, b] = [left.users.get(name), right.users.get(name)];
    const base = bases.get(userBaseId(name));
    if (a !== undefined && b !== undefined) {
      const known = base?.left.equals(a) === true && base.right.equals(b);
      if (known) continue;
      if (a.equals(b)) {
        if (!left.keepers.includes(name)) seen.newBases.push(baseOf({ id: userBaseId(name), left: a, right: b }));
        continue;
      }
    }
    const sides = await Promise.all([readUser(ctx, namespace, name, left), readUser(ctx, namespace, name, right)]);
    if (!sides.some((side) => side?.role === 'Operator')) continue;
    const [leftSide, rightSide] = sides;
    seen.triples.push({
      name,
      ...(leftSide && { left: leftSide }),
      ...(rightSide && { right: rightSide }),
      ...(base && { base }),
    });
  }
  for (const id of bases.keys()) if (!names.has(id.slice('user '.length) as UserName)) seen.gone.push(id as KeyId);
  return seen;
}

async function readUser(
  ctx: Context,
  namespace: Namespace,
  name: UserName,
  { session, users }: Pick<UsersThere, 'session' | 'users'>,
): Promise<UserSide | undefined> {
  const sealed = users.get(name);
  if (sealed === undefined) return undefined;
  const credential = await session.namespaceAdministrator(namespace);
  const id = userId(namespace, name);
  try {
    const { role } = await getUser(session.node, credential, id, ctx);
    const tags = role === 'Operator' ? await listUserTags(session.node, credential, id, ctx) : [];
    return { role, tags, sealed };
  } catch (error) {
    if (isProblem(error, 'not-found')) return undefined;
    throw error;
  }
}
