import { listIds } from '../../inventory/read.ts';
import { namespaceTitle } from '../../names.ts';
import { Problem } from '../../problem.ts';
import { readForeignWrites } from '../../transfer/foreign-writes.ts';
import { isSameSince } from '../../transfer/writes.ts';
import type { SyncReport } from '../apply/report.ts';
import type { Context } from '../context.ts';
import type { NamespacePlan, Step } from '../plan/plan.ts';
import { type Policy, sourcesOf } from '../policy.ts';
import { barOf, bringInSync, leftOutOf, prepare } from '../sync.ts';

/** So often a comparison is begun anew when somebody wrote meanwhile. */
const ATTEMPTS = 5;

/**
 * Brings everything over to a replica; throws a Problem `refused` when a key is left that would be lost or decided by the
 * change of roles, or when the replica was not compared with all who write.
 */
export async function drain(ctx: Context, policy: Policy, replica: string): Promise<void> {
  const report = await bringInSync(ctx, policy);
  requireCompared(policy, [...sourcesOf(policy), replica], replica, report);
  const failed = report.steps.find(({ device, problem }) => device === replica && problem !== undefined);
  if (failed?.problem !== undefined || report.stopped !== undefined) {
    throw notDrained(policy, replica, failed?.problem ?? report.stopped ?? '', 'Mend that, then run it again');
  }
  const conflicts = report.conflicts.filter(({ devices }) => devices.includes(replica));
  if (conflicts.length === 0) return;
  const ids = conflicts.slice(0, 5).map(({ id }) => id);
  throw notDrained(
    policy,
    replica,
    `${conflicts.length} conflicts are open (${ids.join(', ')}${conflicts.length > 5 ? ' …' : ''})`,
    'Decide on them with conflicts --resolve, then run it again',
  );
}

/**
 * Compares primary and replica twice, with no write on either between: then nothing of the primary is missing on the
 * replica. Without a Metrics user only the two comparisons tell. Throws a Problem `refused` when they do not come to agree.
 */
export async function requireInStep(ctx: Context, policy: Policy, primary: string, replica: string): Promise<void> {
  let found = 'somebody kept writing';
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = await countersOf(ctx, [primary, replica]);
    const looks = [await prepare(ctx, policy), await prepare(ctx, policy)];
    for (const look of looks) {
      requireCompared(policy, [primary, replica], replica, { alarms: look.plan.alarms, leftOut: leftOutOf(look) });
    }
    const left = looks.flatMap(({ plan }) => missingOn(plan, replica));
    if (left.length > 0) {
      found = `${left.map(({ kind }) => kind).join(', ')} is still to be done on ${replica}`;
      await drain(ctx, policy, replica);
      continue;
    }
    const after = await countersOf(ctx, [primary, replica]);
    if (before.every((nodes, i) => nodes?.every((node, n) => isSameAs(node, after[i]?.[n])) ?? true)) return;
  }
  throw notDrained(policy, replica, found, 'Run it again at a quieter moment');
}

/** Keys that do not travel stay where only we can change them now. */
export async function staying(ctx: Context, policy: Policy, from: string, to: string): Promise<string[]> {
  const ids = (await listIds(ctx.session(from), policy.namespace, ctx)).filter((id) => !policy.includes(id));
  if (ids.length === 0) return [];
  const which = `${ids.slice(0, 5).join(', ')}${ids.length > 5 ? ' …' : ''}`;
  return [
    `${ids.length === 1 ? '1 key' : `${ids.length} keys`} of ${from} (${which}) ${ids.length === 1 ? 'does' : 'do'} not travel by the manifest's filter, and ${ids.length === 1 ? 'was' : 'were'} not brought to ${to}`,
  ];
}

/** What was not compared has no steps, which says nothing of its keys. */
function requireCompared(
  policy: Policy,
  devices: readonly string[],
  replica: string,
  { alarms, leftOut }: Pick<SyncReport, 'alarms' | 'leftOut'>,
): void {
  const away = leftOut.find(({ device }) => devices.includes(device))?.problem;
  if (away !== undefined) throw notDrained(policy, replica, `${away.place}: ${away.reason}`, away.remedy);
  const bar = barOf(alarms, devices);
  if (bar !== undefined) throw notDrained(policy, replica, bar.text, bar.remedy);
}

const countersOf = (
  ctx: Context,
  devices: readonly string[],
): Promise<Awaited<ReturnType<typeof readForeignWrites>>[]> =>
  Promise.all(devices.map((device) => readForeignWrites(ctx.session(device), ctx)));

type Counter = NonNullable<Awaited<ReturnType<typeof readForeignWrites>>>[number];

const isSameAs = (before: Counter, after: Counter | undefined): boolean =>
  after !== undefined && isSameSince(before, after, 0);

const CARRIES: readonly Step['kind'][] = ['create', 'update', 'delete', 'replace', 'users'];

const missingOn = ({ steps }: NamespacePlan, replica: string): Step[] =>
  steps.filter(({ kind, device }) => device === replica && CARRIES.includes(kind));

const notDrained = ({ namespace }: Policy, replica: string, cause: string, remedy: string): Problem =>
  new Problem({
    kind: 'refused',
    place: namespaceTitle(namespace),
    cause: `${replica} is not in step: ${cause.replace(/\.$/, '')}`,
    remedy,
  });
