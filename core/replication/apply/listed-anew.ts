import type { IdList } from '../../inventory/id-list.ts';
import { readIds } from '../../inventory/read.ts';
import type { KeyId, UserName } from '../../names.ts';
import type { Context } from '../context.ts';
import type { ObservedLink } from '../observe/observe-link.ts';
import { userInTitle } from '../plan/proposal.ts';
import type { Policy } from '../policy.ts';
import { namesOf } from '../roles/users.ts';
import type { Learnt } from './run.ts';

interface Listed {
  keys: IdList<KeyId>;
  users: ReadonlySet<UserName>;
}

/**
 * Tells of a link which of the keys and users (`user NAME`) that were seen on both devices, or brought there, are on both still. Asked for after
 * the marks were raised: a device may have gone back since the look, to a state that has the same mark, and what that one
 * lacks must not count as gone from it later. Each device is listed once.
 */
export function listedAnew(ctx: Context, { namespace }: Policy) {
  const known = new Map<string, Listed>();
  const listed = async (device: string): Promise<Listed> => {
    const session = ctx.session(device);
    const credential = await session.namespaceAdministrator(namespace);
    const found = known.get(device) ?? {
      keys: await readIds(session, namespace, ctx),
      users: new Set(await namesOf(session.node, credential, namespace, ctx)),
    };
    known.set(device, found);
    return found;
  };
  return async (
    { link, equal, newBases }: ObservedLink,
    learnt: readonly Learnt[],
  ): Promise<(id: KeyId) => boolean> => {
    const isNews = [{ equal, bases: newBases }, ...learnt].some(
      (one) => (one.equal?.length ?? 0) + one.bases.length > 0,
    );
    if (!isNews) return () => true;
    const both = [await listed(link.left), await listed(link.right)];
    return (id) => {
      const user = userInTitle(id) as UserName | undefined;
      return both.every(({ keys, users }) => (user === undefined ? keys.has(id) : users.has(user)));
    };
  };
}
