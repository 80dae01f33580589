import { moment } from '../moment.ts';
import { type Namespace, namespaceTitle, ROOT } from '../names.ts';
import { isProblem, Problem } from '../problem.ts';
import { applyPlan } from './apply/apply-plan.ts';
import { commitSeen } from './apply/commit.ts';
import type { LeftOut, SyncReport } from './apply/report.ts';
import { noteFailure, noteRuns } from './apply/runs.ts';
import type { Context } from './context.ts';
import { type Link, linkOf } from './journal/journal.ts';
import { type Looks, type ObservedLink, observeLink } from './observe/observe-link.ts';
import { requireSameDevices } from './observe/same-devices.ts';
import type { Alarm, Held, NamespacePlan } from './plan/plan.ts';
import { planNamespace } from './plan/plan-namespace.ts';
import { devicesOf, type Policy, sourcesOf } from './policy.ts';
import { type DeviceRole, type RoleView, readRoles } from './roles/read-roles.ts';
import { tell } from './tell.ts';

export type { SyncReport } from './apply/report.ts';

/** A plan, and what it was made from. */
export interface Prepared {
  plan: NamespacePlan;
  roles: RoleView;
  /** Of links whose devices both may be worked with. */
  observations: readonly ObservedLink[];
  /** Milliseconds since 1970, before anything was read. */
  startedAt: number;
}

/** What would be done in a namespace, from a fresh look at its devices. Changes nothing on them. */
export const planFor = async (ctx: Context, policy: Policy): Promise<NamespacePlan> =>
  (await prepare(ctx, policy)).plan;

/**
 * Brings a namespace in sync: looks, plans, applies, and once more where something has to be made anew. Devices that can
 * not be asked are left out and told of. Throws a Problem `refused` while the namespace is paused, or where another primary
 * rules than the manifest says, and `busy` while somebody else works on it.
 */
export async function syncNamespace(ctx: Context, policy: Policy): Promise<SyncReport> {
  requireRunning(ctx, policy.namespace);
  return bringInSync(ctx, policy);
}

/** {@link syncNamespace} for work that a person asked for by name, which a pause does not hold up. */
export async function bringInSync(ctx: Context, policy: Policy): Promise<SyncReport> {
  const first = await syncOnce(ctx, policy);
  const again = first.stopped === undefined && first.steps.some(({ kind, done }) => kind === 'clear-stand-ins' && done);
  if (!again) return first;
  const second = await syncOnce(ctx, policy);
  return {
    ...second,
    steps: [...first.steps, ...second.steps],
    asked: first.asked + second.asked,
    done: first.done + second.done,
    verified: first.verified + second.verified,
  };
}

/** Reads roles, compares the devices of every link that both answer, and plans. */
export async function prepare(ctx: Context, policy: Policy): Promise<Prepared> {
  const startedAt = ctx.clock.now();
  const first = await readRoles(ctx, policy);
  requireSource(policy, first);
  const { roles, observations } = await observeAll(ctx, policy, first);
  requireSameDevices(ctx, policy, observations);
  const plan = planNamespace({ policy, roles, observations });
  const usable = observations.filter(({ link: { left, right } }) => barOf(plan.alarms, [left, right]) === undefined);
  return {
    plan: { ...plan, held: [...plan.held, ...outOfReach(ctx, policy, roles, plan)] },
    roles,
    observations: usable,
    startedAt,
  };
}

/**
 * Compares the links whose devices both may be worked with. A device that refuses to be read counts as one with a problem,
 * so that the other links go on; where none is left, what it said is thrown.
 */
async function observeAll(
  ctx: Context,
  policy: Policy,
  first: RoleView,
): Promise<Pick<Prepared, 'roles' | 'observations'>> {
  const looks: Looks = new Map();
  const observations: ObservedLink[] = [];
  let roles = first;
  let refusal: Problem | undefined;
  for (const link of linksOf(policy)) {
    if (!isUsable(roles, link.left) || !isUsable(roles, link.right)) continue;
    try {
      observations.push(await observeLink(ctx, policy, link, roles, looks));
    } catch (problem) {
      const device = [link.left, link.right].find((name) => isRefusalOf(name, problem));
      if (device === undefined || !isProblem(problem)) throw problem;
      refusal ??= problem;
      const role = roles.devices.get(device) as DeviceRole;
      roles = { ...roles, devices: new Map(roles.devices).set(device, { ...role, problem }) };
    }
  }
  const usable = observations.filter(({ link }) => isUsable(roles, link.left) && isUsable(roles, link.right));
  if (refusal !== undefined && usable.length === 0) throw refusal;
  return { roles, observations: usable };
}

/** Whether it is this device that refuses to be read: its Backup user, or the passphrase of its backups. */
const isRefusalOf = (device: string, error: unknown): boolean =>
  isProblem(error, 'unauthorised', 'forbidden', 'wrong-passphrase') &&
  (error.place.startsWith(`${device} (`) || error.place === `backup of ${device}`);

/** The pairs of devices that are kept in line: each replica with its primary, and all sites that write with each other. */
export function linksOf({ namespace, sites }: Policy): Link[] {
  if (sites.kind === 'one-way') return sites.replicas.map((replica) => linkOf(namespace, sites.primary, replica));
  const names = sites.sites.map(({ device }) => device);
  return names.flatMap((a, i) => names.slice(i + 1).map((b) => linkOf(namespace, a, b)));
}

async function syncOnce(ctx: Context, policy: Policy): Promise<SyncReport> {
  const startedAt = ctx.clock.now();
  const prepared = await prepare(ctx, policy).catch((error: unknown) => {
    if (isProblem(error)) noteFailure(ctx, linksOf(policy), startedAt, error);
    throw error;
  });
  const { plan, observations } = prepared;
  tellAlarms(ctx, plan);
  noteLeftOut(ctx, policy, prepared);
  try {
    const report = await applyPlan(ctx, policy, plan, observations);
    if (report.stopped === undefined) commitSeen(ctx, policy, observations, waitsForWrites(plan, report));
    noteRuns(ctx, policy, prepared, report);
    return { ...report, leftOut: leftOutOf(prepared) };
  } catch (error) {
    if (isProblem(error)) noteRuns(ctx, policy, prepared, undefined, error);
    throw error;
  }
}

/** Devices that could not be worked with in a comparison. */
export const leftOutOf = ({ roles }: Pick<Prepared, 'roles'>): LeftOut[] =>
  [...roles.devices.values()].flatMap(({ device, problem }) => (problem ? [{ device, problem }] : []));

/** Writes down of the links that are left out why they are. */
function noteLeftOut(ctx: Context, policy: Policy, { plan, roles, observations, startedAt }: Prepared): void {
  for (const link of linksOf(policy)) {
    const { left, right } = link;
    if (observations.some((observed) => observed.link.left === left && observed.link.right === right)) continue;
    const alarm = plan.alarms.find(({ device }) => device === left || device === right);
    const message =
      roles.devices.get(left)?.problem?.message ?? roles.devices.get(right)?.problem?.message ?? alarm?.text;
    noteFailure(ctx, [link], startedAt, { message: message ?? 'its devices were not compared' });
  }
}

/** Whether a deletion waits for its explanation: until then the counters it is looked for in must stay. */
export const waitsForWrites =
  ({ held }: NamespacePlan, { steps }: Pick<SyncReport, 'steps'>) =>
  (device: string): boolean =>
    held.some(({ countersOf }) => countersOf === device) ||
    steps.some(
      (step) =>
        (step.kind === 'delete' || step.kind === 'replace') && step.from === device && step.verified < step.asked,
    );

const isUsable = ({ devices }: RoleView, device: string): boolean => {
  const role = devices.get(device);
  return role?.reachable === true && role.problem === undefined;
};

/** The alarm for which nothing is copied onto any of these devices or from it. */
export const barOf = (alarms: readonly Alarm[], devices: readonly string[]): Alarm | undefined =>
  alarms.find(({ device, kind }) => BARS.includes(kind) && devices.includes(device));

const BARS: readonly Alarm['kind'][] = ['split-brain', 'older-epoch', 'wrong-domain'];

/** Devices that can't be worked with, as far as the plan does not tell of them itself. */
function outOfReach({ journal, clock }: Context, policy: Policy, roles: RoleView, plan: NamespacePlan): Held[] {
  return devicesOf(policy).flatMap((device): Held[] => {
    const problem = roles.devices.get(device)?.problem;
    if (problem === undefined || plan.held.some((one) => one.device === device && one.ids.length === 0)) return [];
    const since = journal.unreachableSince(device);
    const minutes = since && Math.floor((clock.now() - since.at) / 60_000);
    const reason = since
      ? `${device} is out of reach since ${minutes} min: ${problem.reason}`
      : `${device}: ${problem.reason}`;
    return [{ namespace: policy.namespace, device, ids: [], reason }];
  });
}

function requireRunning({ journal }: Context, namespace: Namespace): void {
  const paused = journal.paused(namespace);
  if (paused === undefined) return;
  throw new Problem({
    kind: 'refused',
    place: namespaceTitle(namespace),
    cause: `${paused.by} paused it at ${moment(paused.at)}`,
    remedy: 'Run resume when it is to go on',
  });
}

/** A primary that lacks the namespace has lost it, or nobody made it yet: neither says that the replicas' keys may go. */
function requireSource(policy: Policy, roles: RoleView): void {
  const { namespace } = policy;
  const sources = sourcesOf(policy);
  if (
    namespace === ROOT ||
    sources.some((device) => !isUsable(roles, device) || roles.devices.get(device)?.hasNamespace)
  )
    return;
  throw new Problem({
    kind: 'refused',
    place: sources.join(', '),
    cause: `there is no namespace ${namespace}, and what is not there can not be copied`,
    remedy: `Create it on ${sources[0]}; if it was deleted by mistake, restore it from an archive or promote a replica`,
  });
}

function tellAlarms(ctx: Context, { namespace, alarms }: NamespacePlan): void {
  for (const { device, text } of alarms) tell(ctx, { namespace, device, kind: 'alarm', level: 'alarm', text });
}
