import { isProblem } from '../problem.ts';
import { leftOver } from './apply/left-over.ts';
import type { Context } from './context.ts';
import { type Link, linkOf, type RunRecord } from './journal/journal.ts';
import type { Alarm, NamespacePlan } from './plan/plan.ts';
import { planRoles, type RolePlan } from './plan/roles.ts';
import { devicesOf, type Policy } from './policy.ts';
import { type RoleView, readRoles } from './roles/read-roles.ts';
import { nextRun } from './schedule/times.ts';
import { prepare } from './sync.ts';

/** How a namespace stands: roles by a look at the devices, drift and lag by the last comparison, or by a fresh one. */
export interface NamespaceStatus {
  /** By the devices' record; several where all of them write, none before the first run. */
  primary: string | null;
  primaries: readonly string[];
  epoch: number;
  splitBrain: boolean;
  paused: { at: number; by: string } | null;
  /** What a person must know: by a fresh comparison, else by the roles alone. */
  alarms: readonly Alarm[];
  /** By device: the replicas of the manifest; between sites that all write, every one but the first. */
  replicas: Readonly<Record<string, ReplicaStatus>>;
  /** Devices that can't be worked with now, and why. */
  outOfReach: Readonly<Record<string, { since: number | null; reason: string }>>;
}

/** How a replica stands. Times are in milliseconds since 1970. */
export interface ReplicaStatus {
  /**
   * Milliseconds: so old is the oldest change that the replica may lack, as nobody saw both the same since. 0 where a fresh
   * comparison says that nothing is missing; null where they were never seen the same.
   */
  lag: number | null;
  /** Keys that were missing, extra or different when it was last compared; null before. */
  missing: number | null;
  extra: number | null;
  differs: number | null;
  conflicts: number | null;
  /** When that comparison began. */
  comparedAt: number | null;
  lastRun:
    | (Pick<RunRecord, 'startedAt' | 'endedAt' | 'ok' | 'asked' | 'done' | 'verified'> & { problem?: string })
    | null;
  nextRun: number | null;
}

/** Reads how a namespace stands. With `fresh` its devices are compared now, which costs each a pass over its store. */
export async function namespaceStatus(
  ctx: Context,
  policy: Policy,
  options: { fresh?: boolean } = {},
): Promise<NamespaceStatus> {
  const looked = options.fresh === true ? await prepare(ctx, policy) : undefined;
  const roles = looked?.roles ?? (await readRoles(ctx, policy));
  const compared = new Set(looked?.observations.map(({ link }) => keyOf(link)));
  const replicas = followersOf(policy).map((device): [string, ReplicaStatus] => {
    const link = linkTo(policy, device);
    const fresh = looked !== undefined && compared.has(keyOf(link));
    return [
      device,
      replicaStatus(ctx, policy, link, device, fresh ? { plan: looked.plan, at: looked.startedAt } : undefined),
    ];
  });
  return {
    primary: roles.primaries.length === 1 ? (roles.primaries[0] as string) : null,
    primaries: roles.primaries,
    epoch: roles.epoch,
    splitBrain: roles.splitBrain,
    paused: ctx.journal.paused(policy.namespace) ?? null,
    alarms: looked?.plan.alarms ?? roleAlarms(policy, roles),
    replicas: Object.fromEntries(replicas),
    outOfReach: outOfReach(ctx, policy, roles),
  };
}

/** What the roles alone say: two heads, a device that missed a promotion, keepers on a replica. */
export function roleAlarms(policy: Policy, roles: RoleView): Alarm[] {
  const { namespace, sites } = policy;
  const { alarms, blocked } = judgeRoles(policy, roles);
  if (sites.kind === 'two-way' || roles.epoch === 0) return alarms;
  const open = [...roles.devices.values()].filter(
    ({ device, keepers }) => keepers.length > 0 && !roles.primaries.includes(device) && !blocked.has(device),
  );
  return [
    ...alarms,
    ...open.map(
      ({ device, keepers }): Alarm => ({
        namespace,
        device,
        kind: 'not-locked',
        text: `the replica ${device} can be changed by ${keepers.slice(0, 5).join(', ')}${keepers.length > 5 ? ', …' : ''}`,
        remedy: 'Run sync, which locks it once the keepers are archived at two places',
      }),
    ),
  ];
}

function judgeRoles(policy: Policy, roles: RoleView): Pick<RolePlan, 'alarms' | 'blocked'> {
  try {
    return planRoles({ policy, roles, observations: [] });
  } catch (error) {
    if (!isProblem(error, 'refused')) throw error;
    const { namespace } = policy;
    const { reason: text, remedy } = error;
    const alarm: Alarm = { namespace, device: roles.primaries.join(', '), kind: 'other-primary', text, remedy };
    return { alarms: [alarm], blocked: new Set() };
  }
}

const keyOf = ({ left, right }: Link): string => `${left} ${right}`;

const followersOf = (policy: Policy): readonly string[] => devicesOf(policy).slice(1);

/** A replica's link with its primary; between sites that all write, with the first. */
const linkTo = (policy: Policy, device: string): Link =>
  linkOf(policy.namespace, devicesOf(policy)[0] as string, device);

function replicaStatus(
  { journal, clock }: Context,
  policy: Policy,
  link: Link,
  device: string,
  fresh: { plan: NamespacePlan; at: number } | undefined,
): ReplicaStatus {
  const run = journal.lastRun(link);
  const left = fresh === undefined ? run?.left : leftOver(fresh.plan, fresh.plan.steps, link, device);
  const isWhole = fresh !== undefined && left !== undefined && left.missing + left.differs + left.conflicts === 0;
  const since = isWhole ? fresh.at : run?.inSyncAt;
  return {
    lag: isWhole ? 0 : since === undefined ? null : Math.max(0, clock.now() - since),
    missing: left?.missing ?? null,
    extra: left?.extra ?? null,
    differs: left?.differs ?? null,
    conflicts: left?.conflicts ?? null,
    comparedAt: fresh?.at ?? run?.startedAt ?? null,
    lastRun: run === undefined ? null : lastRunOf(run),
    nextRun: nextRunOf(policy, clock.now()),
  };
}

const lastRunOf = (run: RunRecord): ReplicaStatus['lastRun'] => {
  const { startedAt, endedAt, ok, asked, done, verified, problem } = run;
  return { startedAt, endedAt, ok, asked, done, verified, ...(problem !== undefined && { problem }) };
};

function nextRunOf({ replication }: Policy, now: number): number | null {
  const { mode, schedule, timeZone } = replication;
  if (mode !== 'scheduled' || schedule === undefined) return null;
  return nextRun(schedule, timeZone, now) ?? null;
}

const outOfReach = ({ journal }: Context, policy: Policy, roles: RoleView): NamespaceStatus['outOfReach'] =>
  Object.fromEntries(
    devicesOf(policy).flatMap((device) => {
      const problem = roles.devices.get(device)?.problem;
      if (problem === undefined) return [];
      return [[device, { since: journal.unreachableSince(device)?.at ?? null, reason: problem.reason }]];
    }),
  );
