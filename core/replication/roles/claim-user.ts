import { askNodes } from '../../device/answering-nodes.ts';
import type { Session } from '../../device/session.ts';
import { createUser } from '../../device/users.ts';
import { type Namespace, type UserName, userId } from '../../names.ts';
import { isProblem, type Problem } from '../../problem.ts';
import type { WorkOptions } from '../../progress.ts';
import type { Context } from '../context.ts';
import { settle } from './settle.ts';
import { userOf } from './users.ts';

/** A user that says something: an Operator whose passphrase nobody keeps. The nonce in its real name makes it ours. */
export interface Claim {
  namespace: Namespace;
  name: UserName;
  realName: string;
}

/**
 * Makes the user, once. Creating is not atomic on a device: what this gives is known for sure only after
 * {@link settle} and {@link holdsClaim}. `taken` when somebody else's is there; a Problem when no answer came, so that it
 * is perhaps done.
 */
export async function putClaim(ctx: Context, session: Session, claim: Claim): Promise<'put' | 'taken' | Problem> {
  const { namespace, name, realName } = claim;
  const credential = await session.namespaceAdministrator(namespace);
  const user = userId(namespace, name);
  const passphrase = ctx.random(32).toString('hex');
  try {
    await createUser(session.node, credential, user, { realName, role: 'Operator', passphrase }, ctx);
    return 'put';
  } catch (error) {
    if (isProblem(error, 'unreachable')) return error;
    if (!isProblem(error, 'exists')) throw error;
    const there = await userOf(session.node, credential, user, ctx);
    return there?.realName === realName ? 'put' : 'taken';
  }
}

/** Whether every node of the device that answers shows the user as we made it. */
export async function holdsClaim(options: WorkOptions, session: Session, claim: Claim): Promise<boolean> {
  const credential = await session.namespaceAdministrator(claim.namespace);
  const user = userId(claim.namespace, claim.name);
  const seen = await askNodes(session, (node) => userOf(node, credential, user, options));
  return seen.every((there) => there?.realName === claim.realName && there.role === 'Operator');
}

/**
 * Makes the user, waits until all nodes tell the truth, and reads it back on each: true when it is ours. Our own from an
 * earlier call counts. When it is not ours, nothing was left behind: whoever came later replaced it.
 */
export async function claimUser(ctx: Context, session: Session, claim: Claim): Promise<boolean> {
  const outcome = await putClaim(ctx, session, claim);
  if (outcome === 'taken') return false;
  await settle(ctx, session.device);
  if (await holdsClaim(ctx, session, claim)) return true;
  if (outcome === 'put' || (await isThere(ctx, session, claim))) return false;
  throw outcome;
}

async function isThere(options: WorkOptions, session: Session, claim: Claim): Promise<boolean> {
  const credential = await session.namespaceAdministrator(claim.namespace);
  return (await userOf(session.node, credential, userId(claim.namespace, claim.name), options)) !== undefined;
}
