import { type KeyId, namespaceTitle } from '../../names.ts';
import { Problem } from '../../problem.ts';
import { applyPlan } from '../apply/apply-plan.ts';
import type { Context } from '../context.ts';
import { type Link, linkOf } from '../journal/journal.ts';
import { observeLink } from '../observe/observe-link.ts';
import type { Alarm, Conflict, NamespacePlan } from '../plan/plan.ts';
import { planNamespace } from '../plan/plan-namespace.ts';
import type { Policy } from '../policy.ts';
import { copyRecord } from '../roles/claim.ts';
import { under, withLease } from '../roles/lease.ts';
import { lockReplica } from '../roles/lock.ts';
import { type RoleView, readRoles } from '../roles/read-roles.ts';
import type { RoleRecord } from '../roles/record.ts';
import { barOf } from '../sync.ts';
import {
  asRecorded,
  atHand,
  requireCandidate,
  requireOneHead,
  requireOneWay,
  requireReady,
  withPrimary,
} from './candidate.ts';
import { staying } from './drain.ts';
import { lockText, note } from './note.ts';
import { emptyPromotion, type PromotionReport } from './report.ts';

/**
 * Brings a device back as a replica that was primary in an older epoch. It is locked first; what it made alone goes to
 * the new primary where ids do not clash, and what clashes stays on both as a conflict; last it gets the record that rules.
 * Nothing is deleted on either side: what one of them deleted alone is still there afterwards. May be run again.
 */
export async function rejoin(ctx: Context, policy: Policy, device: string): Promise<PromotionReport> {
  requireCandidate(policy, device);
  requireOneWay(policy);
  const roles = await readRoles(ctx, policy);
  // Refused, or found done, before anybody waits for a lease; judged anew under it.
  const { isBack, primary } = judgeReturn(policy, roles, device);
  if (isBack) return wasBack(policy, roles, primary, device);
  return withLease(ctx, atHand(ctx, roles), policy, (lease) => bringBack(under(ctx, lease), policy, device));
}

/** Whom a device is to follow, by which record, and whether it does. Throws a Problem `refused` where there is nobody. */
function judgeReturn(
  policy: Policy,
  roles: RoleView,
  device: string,
): { primary: string; ruling: RoleRecord; isBack: boolean } {
  requireOneHead(roles);
  const [primary] = roles.primaries;
  if (primary === undefined || primary === device) throw nothingToRejoin(policy, device, primary);
  const ruling = requireReady(roles, primary).record;
  if (ruling === undefined) throw nothingToRejoin(policy, device, primary);
  return { primary, ruling, isBack: requireReady(roles, device).record?.nonce === roles.nonce };
}

function wasBack({ namespace }: Policy, { epoch }: RoleView, primary: string, device: string): PromotionReport {
  const report = emptyPromotion(namespace, primary, epoch);
  report.done.push(`${device} is a replica of ${primary} already: sync brings it in step`);
  return report;
}

async function bringBack(ctx: Context, policy: Policy, device: string): Promise<PromotionReport> {
  const roles = await readRoles(ctx, policy);
  const { primary, ruling, isBack } = judgeReturn(policy, roles, device);
  if (isBack) return wasBack(policy, roles, primary, device);
  const report = emptyPromotion(policy.namespace, primary, roles.epoch);
  const { removed, archives } = await lockReplica(ctx, ctx.session(device), withPrimary(policy, primary));
  report.fenced.push(device);
  note(ctx, report, 'warning', device, lockText(device, removed, archives));
  const plan = await planMerge(ctx, policy, primary, device);
  const bar = barOf(plan.alarms, [primary, device]);
  if (bar !== undefined) throw notCompared(device, primary, bar);
  const merged = await applyPlan(ctx, mergePolicy(policy, primary, device), plan);
  if (merged.stopped !== undefined || merged.verified < merged.asked) {
    throw new Problem({
      kind: 'partial',
      place: device,
      cause: `what it made alone is not all on ${primary} (${merged.verified} of ${merged.asked}${merged.stopped === undefined ? '' : `; ${merged.stopped}`})`,
      remedy: 'Run rejoin again; until then it stays locked and nothing of it is lost',
    });
  }
  for (const conflict of merged.conflicts) report.conflicts.push(conflict);
  leaveToPerson(ctx, linkOf(policy.namespace, primary, device), device, merged.conflicts);
  const brought = idsFor(plan, primary);
  note(
    ctx,
    report,
    'warning',
    primary,
    `${brought.length === 1 ? '1 key' : `${brought.length} keys`} that ${device} made or changed alone ${brought.length === 1 ? 'is' : 'are'} on ${primary}${list(brought)}; ${merged.conflicts.length} ${merged.conflicts.length === 1 ? 'clashes' : 'clash'}`,
  );
  report.warnings.push(...(await staying(ctx, policy, device, primary)));
  for (const { ids, reason } of plan.held) report.warnings.push(`${reason}${list(ids)}`);
  for (const [where, ids] of Object.entries(plan.extra)) {
    const other = where === primary ? device : primary;
    report.warnings.push(`deleted on ${other} and kept on ${where}: a rejoin deletes nothing${list(ids)}`);
  }
  await copyRecord(ctx, ctx.session(device), policy, ruling);
  note(ctx, report, 'info', device, `${device} is a replica of ${primary} in epoch ${ruling.epoch}`);
  return report;
}

/** More than any key was ever used. */
const MOST_USES = 2 ** 50;

/**
 * What clashes on a device waits for a person: of a key without a public part no use explains its bytes any more, as others could
 * write there, and a locked replica would follow the primary in it.
 */
function leaveToPerson({ journal }: Context, link: Link, device: string, conflicts: readonly Conflict[]): void {
  const operations = link.left === device ? { leftOperations: MOST_USES } : { rightOperations: MOST_USES };
  const bases = conflicts.map(({ id }) => journal.base(link, id as KeyId)).filter((base) => base !== undefined);
  journal.putBases(
    link,
    bases.map((base) => ({ ...base, ...operations })),
  );
}

/** What a re-join would bring over, without doing it. */
export async function planMerge(ctx: Context, policy: Policy, primary: string, device: string): Promise<NamespacePlan> {
  const roles = asEquals(await readRoles(ctx, policy), primary, device);
  const merge = mergePolicy(policy, primary, device);
  const observation = await observeLink(ctx, merge, linkOf(policy.namespace, primary, device), roles);
  return planNamespace({ policy: merge, roles, observations: [observation] });
}

/** Both count for once as writers, so that what either changed is carried to the other and nothing is deleted. */
const mergePolicy = (policy: Policy, primary: string, device: string): Policy => ({
  ...asRecorded(policy, [primary, device].sort()),
  deletions: 'keep',
  conflicts: 'stop',
});

/** The roles as if both devices held the ruling record of two primaries. */
function asEquals(roles: RoleView, primary: string, device: string): RoleView {
  const primaries = [primary, device].sort();
  const ruling = roles.devices.get(primary)?.record;
  const devices = new Map(
    [...roles.devices]
      .filter(([name]) => primaries.includes(name))
      .map(([name, role]) => [name, ruling ? { ...role, record: { ...ruling, primaries } } : role]),
  );
  return { ...roles, primaries, devices };
}

const idsFor = ({ steps }: NamespacePlan, device: string): KeyId[] =>
  steps.flatMap((step) =>
    step.device === device && (step.kind === 'create' || step.kind === 'update') ? step.ids : [],
  );

const list = (ids: readonly string[]): string =>
  ids.length === 0 ? '' : ` (${ids.slice(0, 10).join(', ')}${ids.length > 10 ? ' …' : ''})`;

/** The alarm's own remedy would lose what it made alone: pairing erases it. */
const notCompared = (device: string, primary: string, { text }: Alarm): Problem =>
  new Problem({
    kind: 'refused',
    place: device,
    cause: `what it made alone can not be brought to ${primary}: ${text}`,
    remedy: `It stays locked, with all its keys. Say \`transfer: import\` in the manifest and run rejoin on the command line; do not pair it before, which would erase them`,
  });

const nothingToRejoin = ({ namespace }: Policy, device: string, primary: string | undefined): Problem =>
  new Problem({
    kind: 'refused',
    place: device,
    cause:
      primary === device
        ? `it is the primary of ${namespaceTitle(namespace)} by the record that rules`
        : 'no device that answers says who is primary now',
    remedy:
      primary === device
        ? 'Rejoin the other device, or promote that one first'
        : 'Make the new primary reachable, then run it again',
  });
