import { moment } from '../../moment.ts';
import { type KeyId, namespaceTitle } from '../../names.ts';
import { Problem } from '../../problem.ts';
import type { Context } from '../context.ts';
import { linkOf } from '../journal/journal.ts';
import { devicesOf, type Policy } from '../policy.ts';
import { under, withLease } from '../roles/lease.ts';
import { type RoleView, readRoles } from '../roles/read-roles.ts';
import { atHand, requireCandidate, requireOneWay, requireReady, withPrimary } from './candidate.ts';
import { note } from './note.ts';
import { emptyPromotion, type PromotionReport } from './report.ts';
import { claimFor, takeOver } from './take-over.ts';

/** What is known before a device is promoted without its primary: for a person to decide on. */
export interface FailoverAssessment {
  namespace: Policy['namespace'];
  device: string;
  /** The primary by the records; undefined when nobody knows. */
  oldPrimary: string | undefined;
  epoch: number;
  /** Why the old primary can't be worked with, since when, and from where that was tried. */
  unreachable: { reason: string; since: number | undefined; lastTried: number; triedFrom: string };
  /** The last moment at which the device was known to have all that the primary had; undefined when never. */
  inSyncAt: number | undefined;
  /** Milliseconds since then: the primary may have acknowledged keys in all that time. */
  lag: number | undefined;
  /** Keys that we know were on their way. */
  missing: readonly KeyId[];
  /** How many keys and changes were still to come over when both were last compared. */
  known: number;
  /** What else a person must know. */
  means: readonly string[];
}

/**
 * Says what a failover would mean. Changes nothing. Throws a Problem `refused` when the old primary can be worked
 * with, as then a switchover loses nothing.
 */
export async function assessFailover(ctx: Context, policy: Policy, device: string): Promise<FailoverAssessment> {
  requireCandidate(policy, device);
  requireOneWay(policy);
  return assess(ctx, policy, device, await readRoles(ctx, policy));
}

function assess(ctx: Context, policy: Policy, device: string, roles: RoleView): FailoverAssessment {
  const { record } = requireReady(roles, device);
  const oldPrimary = roles.splitBrain
    ? otherHead(roles, device)
    : [...roles.primaries, ...(record?.primaries ?? [])].find((name) => name !== device);
  const role = oldPrimary === undefined ? undefined : roles.devices.get(oldPrimary);
  const answers = role?.reachable === true && role.problem === undefined && role.hasNamespace;
  // Where no record that is there rules, a switchover has nobody to take over from.
  if (answers && roles.primaries.length > 0 && !roles.splitBrain) throw useSwitchover(oldPrimary ?? '', device);
  const now = ctx.clock.now();
  const run = oldPrimary === undefined ? undefined : ctx.journal.lastRun(linkOf(policy.namespace, oldPrimary, device));
  const since = oldPrimary === undefined ? undefined : ctx.journal.unreachableSince(oldPrimary);
  return {
    namespace: policy.namespace,
    device,
    oldPrimary,
    epoch: roles.epoch,
    unreachable: {
      reason: role?.problem?.reason ?? (roles.splitBrain ? 'two devices claim the same epoch' : 'no record names it'),
      since: since?.at,
      lastTried: since?.lastTried ?? now,
      triedFrom: ctx.controller,
    },
    inSyncAt: run?.inSyncAt,
    lag: run?.inSyncAt === undefined ? undefined : now - run.inSyncAt,
    missing: onTheirWay(ctx, policy, device),
    known: (run?.left?.missing ?? 0) + (run?.left?.differs ?? 0),
    means: meaning(oldPrimary, device),
  };
}

const otherHead = (roles: RoleView, device: string): string | undefined =>
  [...roles.devices.values()].find(
    (role) =>
      role.device !== device && role.record?.epoch === roles.epoch && role.record.primaries.includes(role.device),
  )?.device;

function onTheirWay({ journal }: Context, { namespace }: Policy, device: string): KeyId[] {
  const ids = journal
    .openSteps(namespace)
    .filter((step) => step.device === device && (step.kind === 'create' || step.kind === 'replace'))
    .flatMap(({ detail }) => (detail as { ids?: KeyId[] } | undefined)?.ids ?? []);
  return [...new Set(ids)].sort();
}

const meaning = (oldPrimary: string | undefined, device: string): string[] => [
  `Keys that ${oldPrimary ?? 'the old primary'} acknowledged since then are not on ${device}; they stay where they are and come over with rejoin`,
  `Until ${oldPrimary ?? 'the old primary'} is re-joined there may be two devices that take writes: nothing on a NetHSM stops its keepers, so stop the applications that make keys there`,
];

/**
 * Promotes a device without its primary. Refused (`refused`, with the figures) unless nothing is known to be missing and the
 * device was in sync within the maximal lag, or the loss is accepted; `onAssessed` hears what is known before that. All
 * devices are asked once, and the lease is taken on those that answer. Throws a Problem `busy` while somebody works there.
 */
export async function failover(
  ctx: Context,
  policy: Policy,
  device: string,
  { acceptLoss, onAssessed }: { acceptLoss: boolean; onAssessed?: (found: FailoverAssessment) => void },
): Promise<PromotionReport> {
  requireCandidate(policy, device);
  requireOneWay(policy);
  const roles = await readRoles(ctx, policy);
  const report = emptyPromotion(policy.namespace, device, roles.epoch);
  const own = roles.devices.get(device)?.record;
  const mine = !roles.splitBrain && own?.epoch === roles.epoch && own.primaries.join() === device ? own : undefined;
  if (mine === undefined) {
    const assessment = assess(ctx, policy, device, roles);
    onAssessed?.(assessment);
    requireAccepted(policy, assessment, acceptLoss);
    for (const id of assessment.missing) report.lost.push(id);
    report.warnings.push(...assessment.means);
  }
  return withLease(ctx, atHand(ctx, roles), policy, async (lease) => {
    const leased = under(ctx, lease);
    const record = mine ?? (await claimFor(leased, policy, [device], roles.epoch + 1, device));
    report.epoch = record.epoch;
    if (mine === undefined) {
      const title = namespaceTitle(policy.namespace);
      note(leased, report, 'alarm', device, `failover: ${device} is primary of ${title} in epoch ${record.epoch}`);
    }
    await takeOver(leased, withPrimary(policy, device), record, roles, report);
    report.fenced.push(...devicesOf(policy).filter((name) => isFenced(roles, name, device)));
    return report;
  });
}

const isFenced = (roles: RoleView, name: string, primary: string): boolean => {
  const role = roles.devices.get(name);
  return name !== primary && role?.problem === undefined && role?.hasNamespace === true && role.keepers.length === 0;
};

/** So old a comparison still counts as "in sync" where the manifest names no maximal lag; milliseconds. */
const DEFAULT_MAX_LAG = 15 * 60_000;

function requireAccepted(policy: Policy, found: FailoverAssessment, acceptLoss: boolean): void {
  const maxLag = policy.replication.maxLag ?? DEFAULT_MAX_LAG;
  const isYoung = found.lag !== undefined && found.lag <= maxLag;
  if (acceptLoss || (isYoung && found.missing.length === 0 && found.known === 0)) return;
  const inSync =
    found.inSyncAt === undefined ? 'never known to be in sync' : `last in sync at ${moment(found.inSyncAt)}`;
  const known = found.known === 0 ? '' : `, and ${found.known} keys or changes were missing when it was last compared`;
  const missing =
    found.missing.length === 0
      ? known
      : `, and ${found.missing.length} keys were on their way (${found.missing.slice(0, 5).join(', ')})`;
  throw new Problem({
    kind: 'refused',
    place: found.device,
    cause: `it was ${inSync}${missing}, so keys that ${found.oldPrimary ?? 'the old primary'} acknowledged may be missing here`,
    remedy: 'If the old primary can not be reached in time, accept that with --accept-loss',
  });
}

const useSwitchover = (oldPrimary: string, device: string): Problem =>
  new Problem({
    kind: 'refused',
    place: oldPrimary,
    cause: `it answers, and so a failover to ${device} could lose what a switchover does not`,
    remedy: `Promote ${device} without --failover; if ${oldPrimary} must not be used, cut it off first`,
  });
