import { namespaceTitle } from '../../names.ts';
import { isProblem, Problem } from '../../problem.ts';
import type { Context } from '../context.ts';
import { isSetBack } from '../plan/link-rules.ts';
import type { Policy } from '../policy.ts';
import { begunArchive, bringKeepersBack, presentKeepers } from '../roles/keepers.ts';
import { under, withLease } from '../roles/lease.ts';
import type { HeldLease } from '../roles/lease-record.ts';
import { judgeNamespace, readLife } from '../roles/life.ts';
import { lockReplica } from '../roles/lock.ts';
import { raiseMark } from '../roles/mark.ts';
import { type RoleView, readRoles } from '../roles/read-roles.ts';
import type { RoleRecord } from '../roles/record.ts';
import { asRecorded, atHand, requireCandidate, requireOneHead, requireReady, wantedPrimaries } from './candidate.ts';
import { drain, requireInStep, staying } from './drain.ts';
import { lockText, note } from './note.ts';
import { emptyPromotion, type PromotionReport } from './report.ts';
import { claimFor, takeOver } from './take-over.ts';

/**
 * Makes a device the primary while the old one answers, or all sites where the manifest lets all of them write; nothing is
 * lost. Whoever stops writing is drained, locked, drained again, compared twice; then an old primary is the arbiter of the
 * new epoch. All of it under one lease of the devices that answer: of two at once one is told `busy`. Run again after an
 * interruption it goes on; run for the old primary before the epoch was claimed it undoes, which is the same: a primary gets
 * its keepers back.
 */
export async function switchover(ctx: Context, policy: Policy, device: string): Promise<PromotionReport> {
  requireCandidate(policy, device);
  const roles = await readRoles(ctx, policy);
  // Refused before anybody waits for a lease, and judged anew under it.
  planExchange(policy, roles, device);
  return withLease(ctx, atHand(ctx, roles), policy, (lease) => exchange(under(ctx, lease), lease, policy, device));
}

/** Who shall be primary, who becomes it, who stops, and who will tell of two claims which was first. */
interface Exchange {
  wanted: readonly string[];
  joining: readonly string[];
  leaving: readonly string[];
  arbiter: string;
}

/** Throws a Problem `refused` where the records or the devices stand in the way. */
function planExchange(policy: Policy, roles: RoleView, device: string): Exchange {
  requireOneHead(roles);
  const { primaries } = roles;
  const [first] = primaries;
  if (first === undefined) throw noRecord(policy);
  for (const primary of primaries) requireReady(roles, primary);
  const wanted = wantedPrimaries(policy, device);
  const joining = wanted.filter((name) => !primaries.includes(name));
  const leaving = primaries.filter((name) => !wanted.includes(name));
  if (joining.length > 0 || leaving.length > 0) {
    for (const name of wanted) requireFollower(requireReady(roles, name).record?.nonce === roles.nonce, name);
  }
  return { wanted, joining, leaving, arbiter: leaving[0] ?? first };
}

async function exchange(ctx: Context, lease: HeldLease, policy: Policy, device: string): Promise<PromotionReport> {
  const roles = await readRoles(ctx, policy);
  const plan = planExchange(policy, roles, device);
  const { wanted, joining, leaving } = plan;
  const report = emptyPromotion(policy.namespace, wanted.join(', '), roles.epoch);
  if (joining.length === 0 && leaving.length === 0) return confirm(ctx, policy, roles, wanted, report);
  const asItIs = asRecorded(policy, roles.primaries);
  if (leaving.length > 0) await drain(ctx, asItIs, device);
  const archives = await lockOldPrimaries(ctx, lease, asItIs, leaving, device, report);
  const record = await claimUnder(ctx, lease, policy, roles.epoch + 1, plan);
  report.epoch = record.epoch;
  const text = `${wanted.join(', ')} ${wanted.length === 1 ? 'is primary' : 'are primaries'} of ${namespaceTitle(policy.namespace)} in epoch ${record.epoch}`;
  note(ctx, report, 'warning', device, text);
  // Where keys are imported the domains may differ: then its own keepers come back, not those of the old primary.
  const archive = policy.transfer === 'sealed' ? archives[0] : undefined;
  await takeOver(ctx, asRecorded(policy, wanted), record, await readRoles(ctx, policy), report, archive);
  return report;
}

/** Where the claim fails, the old primary is locked, and a person is told so: perhaps the claim was made. */
async function claimUnder(
  ctx: Context,
  lease: HeldLease,
  policy: Policy,
  epoch: number,
  { wanted, leaving, arbiter }: Exchange,
): Promise<RoleRecord> {
  try {
    await lease.requireHeld();
    return await claimFor(ctx, policy, wanted, epoch, arbiter);
  } catch (error) {
    if (!isProblem(error) || leaving.length === 0) throw error;
    const { kind, place, reason } = error;
    const remedy = `${leaving.join(', ')} is locked: look at roles, then run this again, or bring its keepers back with promote --device ${leaving[0]}; ${lowerFirst(error.remedy)}`;
    throw new Problem({ kind, place, cause: reason, remedy }, { cause: error });
  }
}

/**
 * From here on old primaries take no writes: whatever goes wrong, the keepers of all of them come back before the error is
 * told. Gives the archives of their keepers.
 */
async function lockOldPrimaries(
  ctx: Context,
  lease: HeldLease,
  policy: Policy,
  leaving: readonly string[],
  replica: string,
  report: PromotionReport,
): Promise<readonly string[]> {
  const locked = new Map<string, string | undefined>();
  try {
    for (const primary of leaving) {
      locked.set(primary, undefined);
      const { removed, archives } = await lockReplica(ctx, ctx.session(primary), policy);
      locked.set(primary, archives[0]);
      report.fenced.push(primary);
      note(ctx, report, 'warning', primary, lockText(primary, removed, archives));
      await drain(ctx, policy, replica);
      await requireInStep(ctx, policy, primary, replica);
      const text = `${replica} has all that ${primary} has, compared twice without a write between`;
      note(ctx, report, 'info', replica, text);
      report.warnings.push(...(await staying(ctx, policy, primary, replica)));
    }
    return [...locked.values()].filter((archive) => archive !== undefined);
  } catch (error) {
    throw await undone(ctx, lease, policy, locked, error);
  }
}

/**
 * Brings those back whom the locks removed, each from its own archive: another device's may hold fewer. Not where the lease is
 * gone: whoever took it over may have promoted another since.
 */
async function undone(
  ctx: Context,
  lease: HeldLease,
  policy: Policy,
  locked: ReadonlyMap<string, string | undefined>,
  error: unknown,
): Promise<unknown> {
  if (!isProblem(error)) return error;
  const { signal: _, ...withoutCancel } = ctx;
  const back: string[] = [];
  const left: string[] = [];
  for (const [primary, archive] of locked) {
    const problem = await problemOf(async () => {
      if (!(await lease.isOn(primary))) throw notOurs(primary);
      const session = ctx.session(primary);
      const own = archive ?? begunArchive(ctx, policy, primary);
      // Nobody was removed yet: of what other archives hold, nobody belongs here.
      if (own === undefined && (await presentKeepers(withoutCancel, session, policy)).length > 0) return;
      await bringKeepersBack(withoutCancel, session, policy, own);
    });
    if (problem === undefined) back.push(primary);
    else {
      const what = `bring its keepers back with promote --device ${primary}, or run this again`;
      left.push(`${primary} is locked (${problem.reason}): look at roles; where it is primary still, ${what}`);
    }
  }
  const { kind, place, reason } = error;
  const remedy = left.length === 0 ? `${stillPrimary(back)}; ${lowerFirst(error.remedy)}` : left.join('; ');
  return new Problem({ kind, place, cause: reason, remedy }, { cause: error });
}

const stillPrimary = (names: readonly string[]): string =>
  names.length === 1
    ? `${names[0]} is still primary and its keepers can write`
    : `${names.join(' and ')} are primaries still and their keepers can write`;

async function problemOf(work: () => Promise<void>): Promise<Problem | undefined> {
  try {
    await work();
  } catch (problem) {
    if (isProblem(problem)) return problem;
    throw problem;
  }
  return undefined;
}

/**
 * A device that is primary already: its keepers come back and the others learn of it, in case that is still to be done. One
 * that went back in time is taken as it is now: that is what a person says by promoting it.
 */
async function confirm(
  ctx: Context,
  policy: Policy,
  roles: RoleView,
  primaries: readonly string[],
  report: PromotionReport,
): Promise<PromotionReport> {
  const ruling = [...roles.devices.values()].find(({ record }) => record?.nonce === roles.nonce)?.record;
  if (ruling === undefined) throw noRecord(policy);
  await takeOver(ctx, asRecorded(policy, primaries), ruling, roles, report);
  for (const primary of primaries) await acceptState(ctx, policy, roles, primary, report);
  if (report.done.length === 0) report.done.push(`${primaries.join(', ')} was primary already`);
  return report;
}

/** What the journal knows of a device that was restored, or whose namespace was made anew, is forgotten before its mark is ours again: nothing is deleted by it. */
async function acceptState(
  ctx: Context,
  policy: Policy,
  roles: RoleView,
  device: string,
  report: PromotionReport,
): Promise<void> {
  const { journal } = ctx;
  const { namespace } = policy;
  const session = ctx.session(device);
  const seen = journal.seen(namespace, device);
  if (seen === undefined) return;
  const life = seen.life === undefined ? undefined : await readLife(session, namespace, ctx);
  if (!isSetBack({ judgement: judgeNamespace(seen, { mark: roles.devices.get(device)?.mark, life }) })) return;
  for (const link of journal.links(namespace, device)) journal.forgetBases(link);
  await raiseMark(ctx, session, policy);
  const raised = journal.seen(namespace, device);
  if (raised !== undefined && life !== undefined) journal.putSeen(namespace, device, { ...raised, life });
  note(ctx, report, 'warning', device, `the state of ${device} is taken as it is: what it lacks stays on the others`);
}

const notOurs = (primary: string): Problem =>
  new Problem({
    kind: 'busy',
    place: primary,
    cause: 'somebody else took our lease over there',
    remedy: 'Look at roles, and talk to them',
  });

function requireFollower(follows: boolean, device: string): void {
  if (follows) return;
  throw new Problem({
    kind: 'refused',
    place: device,
    cause: 'it does not hold the role record that rules, so it may lack what was made since',
    remedy: 'Synchronise first (sync), or rejoin it if it was primary before',
  });
}

const noRecord = ({ namespace }: Policy): Problem =>
  new Problem({
    kind: 'refused',
    place: namespaceTitle(namespace),
    cause: 'no device that answers says who is primary',
    remedy: 'Run sync once, which writes the role record; if the primary is lost, use --failover',
  });

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
