import type { Session } from '../../device/session.ts';
import { deleteUser } from '../../device/users.ts';
import { moment } from '../../moment.ts';
import { type Namespace, namespaceTitle, userId } from '../../names.ts';
import { isProblem, Problem } from '../../problem.ts';
import type { WorkOptions } from '../../progress.ts';
import { ensureNamespace } from '../../transfer/ensure-namespace.ts';
import type { Context } from '../context.ts';
import { type Claim, holdsClaim, putClaim } from './claim-user.ts';
import { formatLease, LEASE_USER, type Lease, parseLease } from './lease-record.ts';
import { settle } from './settle.ts';
import { tagsOf, userOf } from './users.ts';

/** How long a lease holds without being renewed, in seconds. */
export const LEASE_SECONDS = 120;
/** So much later than its end it is taken over, in seconds: clocks differ. */
const GRACE_SECONDS = 60;
/** An end that lies further ahead than this is nobody's, in seconds: it was told by a clock that was ahead. */
const MOST_AHEAD_SECONDS = 600;

/**
 * Takes the lease of a namespace on devices, all or none. Throws a Problem `busy` that names who has it; one that ran out
 * is taken over, and so is one whose end lies more than ten minutes ahead. Whatever was taken before a failure is given back.
 */
export async function takeLease(ctx: Context, sessions: readonly Session[], namespace: Namespace): Promise<Claim> {
  const until = endOfLease(ctx);
  const lease: Lease = { holder: ctx.controller, nonce: ctx.random(8).toString('hex'), until };
  const claim: Claim = { namespace, name: LEASE_USER, realName: formatLease(lease) };
  const begun: Session[] = [];
  try {
    for (const session of sessions) {
      await ensureNamespace(session, namespace, ctx);
      begun.push(session);
      await putLease(ctx, session, claim);
    }
    await settle(ctx, ...sessions.map(({ device }) => device));
    for (const session of sessions) {
      if (!(await holdsClaim(ctx, session, claim)))
        throw busy(session, namespace, await leaseOn(ctx, session, namespace));
    }
    return claim;
  } catch (error) {
    for (const session of begun) await giveBack(session, claim);
    throw error;
  }
}

/** When a lease that is taken or renewed now ends, in seconds since 1970. */
export const endOfLease = ({ clock }: Context): number => Math.floor(clock.now() / 1000) + LEASE_SECONDS;

/** Deletes the lease's user where it is ours still; what fails is left to run out. Not cancellable. */
export async function giveBack(session: Session, claim: Claim): Promise<void> {
  try {
    const credential = await session.namespaceAdministrator(claim.namespace);
    const user = userId(claim.namespace, claim.name);
    const there = await userOf(session.node, credential, user, {});
    if (there?.realName === claim.realName) await deleteUser(session.node, credential, user);
  } catch (error) {
    if (!isProblem(error)) throw error;
  }
}

async function putLease(ctx: Context, session: Session, claim: Claim): Promise<void> {
  const outcome = await putClaim(ctx, session, claim);
  if (outcome !== 'taken') return;
  const there = await leaseOn(ctx, session, claim.namespace);
  if (there !== undefined && !hasRunOut(ctx, there)) throw busy(session, claim.namespace, there);
  const credential = await session.namespaceAdministrator(claim.namespace);
  await deleteUser(session.node, credential, userId(claim.namespace, claim.name), ctx).catch((error: unknown) => {
    if (!isProblem(error, 'not-found')) throw error;
  });
  if ((await putClaim(ctx, session, claim)) === 'taken') {
    throw busy(session, claim.namespace, await leaseOn(ctx, session, claim.namespace));
  }
}

/** The lease of a namespace on a device, whoever has it. */
export async function leaseOn(
  options: WorkOptions,
  session: Session,
  namespace: Namespace,
): Promise<Lease | undefined> {
  const credential = await session.namespaceAdministrator(namespace);
  const user = userId(namespace, LEASE_USER);
  const facts = await userOf(session.node, credential, user, options);
  return facts && parseLease(facts.realName, await tagsOf(session.node, credential, user, options));
}

/** Whether a lease may be taken over: it ran out so long ago, or its end is too far ahead to be true. */
export function hasRunOut({ clock }: Pick<Context, 'clock'>, { until }: Lease): boolean {
  const now = clock.now() / 1000;
  return now >= until + GRACE_SECONDS || until > now + MOST_AHEAD_SECONDS;
}

function busy(session: Session, namespace: Namespace, lease: Lease | undefined): Problem {
  const who = lease?.holder ?? 'somebody';
  const end = moment(((lease?.until ?? 0) + GRACE_SECONDS) * 1000);
  return new Problem({
    kind: 'busy',
    place: session.name,
    cause: `${who} is at work on ${namespaceTitle(namespace)} there, or tried to begin at the same moment`,
    remedy:
      lease === undefined
        ? 'Run this again in a moment'
        : `Let it end (an agent lets go within seconds when the namespace is paused), then run this again; if it crashed, its lease can be taken over from ${end} on`,
  });
}
