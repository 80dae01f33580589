import type { Session } from '../../device/session.ts';
import { deleteUserTag, putUserTag } from '../../device/users.ts';
import { namespaceTitle, userId } from '../../names.ts';
import { isProblem, Problem } from '../../problem.ts';
import type { WorkOptions } from '../../progress.ts';
import type { Context } from '../context.ts';
import type { Policy } from '../policy.ts';
import type { Claim } from './claim-user.ts';
import { type HeldLease, leaseTag } from './lease-record.ts';
import { endOfLease, giveBack, takeLease } from './take-lease.ts';
import { tagsOf, userOf } from './users.ts';

const RENEW_MS = 30_000;

/**
 * Does some work while we hold the lease of a namespace on devices: nobody else who asks for it works there meanwhile. It is
 * renewed in the background, given back at the end whatever happens, and runs out by itself after a crash. Work within work
 * goes on under the lease that is held (`ctx.held`), which is taken on more devices only where that does not reach. Throws a
 * Problem `busy` that names the holder. A namespace that a device lacks is created for it.
 */
export async function withLease<T>(
  ctx: Context,
  sessions: readonly Session[],
  policy: Policy,
  work: (lease: HeldLease) => Promise<T>,
): Promise<T> {
  const { held } = ctx;
  const { namespace } = policy;
  const isCovered = ({ name }: Session): boolean => held?.covers(namespace, name) === true;
  if (held !== undefined && sessions.every(isCovered)) return work(held);
  // In one order everywhere, so that of two who want the same devices one is stopped at the first.
  const ordered = sessions.filter((session) => !isCovered(session)).sort((a, b) => (a.name < b.name ? -1 : 1));
  const claim = await takeLease(ctx, ordered, namespace);
  const lost = new AbortController();
  const end = new AbortController();
  const renewal = keep(ctx, ordered, claim, { lost, end: end.signal });
  const sessionOf = (device: string): Session | undefined => ordered.find(({ name }) => name === device);
  try {
    return await work({
      signal: ctx.signal ? AbortSignal.any([ctx.signal, lost.signal]) : lost.signal,
      covers: (ofNamespace, device) =>
        (ofNamespace === namespace && sessionOf(device) !== undefined) || held?.covers(ofNamespace, device) === true,
      requireHeld: async () => {
        await held?.requireHeld();
        for (const session of ordered) {
          if (!lost.signal.aborted && !(await isHeld(ctx, session, claim))) lost.abort(lostLease(session, claim));
        }
        if (lost.signal.aborted) throw lost.signal.reason;
      },
      isOn: async (device) => {
        const session = sessionOf(device);
        return session === undefined ? (await held?.isOn(device)) === true : isHeld({}, session, claim);
      },
    });
  } finally {
    end.abort();
    await renewal;
    for (const session of ordered) await giveBack(session, claim);
  }
}

/** The same context for work under a lease: it ends when the lease is lost. */
export const under = <C extends Context>(ctx: C, held: HeldLease): C & { signal: AbortSignal } => ({
  ...ctx,
  held,
  signal: held.signal,
});

async function keep(
  ctx: Context,
  sessions: readonly Session[],
  claim: Claim,
  { lost, end }: { lost: AbortController; end: AbortSignal },
): Promise<void> {
  let until = endOfLease(ctx);
  while (!lost.signal.aborted) {
    await ctx.clock.sleep(RENEW_MS, end).catch(() => {});
    if (end.aborted) return;
    const next = endOfLease(ctx);
    try {
      for (const session of sessions) {
        if (!(await renew({ signal: end }, session, claim, next))) return lost.abort(lostLease(session, claim));
      }
      until = next;
    } catch (error) {
      if (end.aborted) return;
      // A device that does not answer is tried again, as long as the lease holds.
      if (!isProblem(error) || ctx.clock.now() / 1000 >= until) return lost.abort(error);
    }
  }
}

async function isHeld(options: WorkOptions, session: Session, claim: Claim): Promise<boolean> {
  const credential = await session.namespaceAdministrator(claim.namespace);
  const there = await userOf(session.node, credential, userId(claim.namespace, claim.name), options);
  return there?.realName === claim.realName;
}

/** Tells the new end of our lease on a device; false when it is not ours any more. */
async function renew(options: WorkOptions, session: Session, claim: Claim, until: number): Promise<boolean> {
  if (!(await isHeld(options, session, claim))) return false;
  const credential = await session.namespaceAdministrator(claim.namespace);
  const user = userId(claim.namespace, claim.name);
  const before = await tagsOf(session.node, credential, user, options);
  await putUserTag(session.node, credential, user, leaseTag(until), options);
  for (const tag of before) {
    if (tag !== leaseTag(until)) await deleteUserTag(session.node, credential, user, tag, options);
  }
  return true;
}

const lostLease = (session: Session, { namespace }: Claim): Problem =>
  new Problem({
    kind: 'busy',
    place: session.name,
    cause: `our lease of ${namespaceTitle(namespace)} is not there any more: somebody took it over, or the device was restored`,
    remedy: 'Find out who else replicates this namespace or restored the device, then run this again',
  });
