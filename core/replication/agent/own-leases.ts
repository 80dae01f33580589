import { deleteUser } from '../../device/users.ts';
import { userId } from '../../names.ts';
import { isProblem } from '../../problem.ts';
import type { Context } from '../context.ts';
import { devicesOf, type Policy } from '../policy.ts';
import { LEASE_USER, parseLease } from '../roles/lease-record.ts';
import { userOf } from '../roles/users.ts';

/**
 * Gives back leases of a namespace that carry our own name though we hold none now: of a predecessor that was killed, or one
 * that could not be given back. Only for whoever is the only one of that name. A device that can't be asked is left out.
 */
export async function giveBackOwnLeases(ctx: Context, policy: Policy): Promise<void> {
  const { namespace } = policy;
  const user = userId(namespace, LEASE_USER);
  await Promise.all(
    devicesOf(policy).map(async (device) => {
      const session = ctx.session(device);
      try {
        const credential = await session.namespaceAdministrator(namespace);
        const there = await userOf(session.node, credential, user, ctx);
        if (there === undefined || parseLease(there.realName, []).holder !== ctx.controller) return;
        await deleteUser(session.node, credential, user, ctx);
      } catch (error) {
        if (!isProblem(error) || error.kind === 'cancelled') throw error;
      }
    }),
  );
}
