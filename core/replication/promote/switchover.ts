import { namespaceTitle } from '../../names.ts';
import { isProblem, Problem } from '../../problem.ts';
import type { Context } from '../context.ts';
import type { Policy } from '../policy.ts';
import { bringKeepersBack } from '../roles/keepers.ts';
import { lockReplica } from '../roles/lock.ts';
import { type RoleView, readRoles } from '../roles/read-roles.ts';
import { requireCandidate, requireOneHead, requireReady, withPrimary } from './candidate.ts';
import { drain, requireInStep } from './drain.ts';
import { lockText, note } from './note.ts';
import { emptyPromotion, type PromotionReport } from './report.ts';
import { claimFor, takeOver } from './take-over.ts';

/**
 * Exchanges the roles of two devices that both answer; nothing is lost. The old primary is drained, locked, drained
 * again, compared twice; then it is the arbiter of the new epoch. Run again after an interruption it goes on; run for the
 * old primary before the epoch was claimed it undoes, which is the same: a primary gets its keepers back.
 */
export async function switchover(ctx: Context, policy: Policy, device: string): Promise<PromotionReport> {
  requireCandidate(policy, device);
  const roles = await readRoles(ctx, policy);
  requireOneHead(roles);
  const [primary] = roles.primaries;
  if (primary === undefined) throw noRecord(policy);
  const report = emptyPromotion(policy.namespace, device, roles.epoch);
  if (primary === device) return confirm(ctx, policy, roles, report);
  requireReady(roles, primary);
  requireFollower(requireReady(roles, device).record?.nonce === roles.nonce, device);

  const asItIs = withPrimary(policy, primary);
  await drain(ctx, asItIs, device);
  const archive = await lockOldPrimary(ctx, asItIs, primary, device, report);
  const record = await claimFor(ctx, policy, device, roles.epoch + 1, primary);
  report.epoch = record.epoch;
  note(
    ctx,
    report,
    'warning',
    device,
    `${device} is primary of ${namespaceTitle(policy.namespace)} in epoch ${record.epoch}`,
  );
  await takeOver(ctx, withPrimary(policy, device), record, await readRoles(ctx, policy), report, archive);
  return report;
}

/** From here on the old primary takes no writes: whatever goes wrong, its keepers come back before the error is told. */
async function lockOldPrimary(
  ctx: Context,
  policy: Policy,
  primary: string,
  replica: string,
  report: PromotionReport,
): Promise<string | undefined> {
  try {
    const { removed, archives } = await lockReplica(ctx, ctx.session(primary), policy);
    report.fenced.push(primary);
    note(ctx, report, 'warning', primary, lockText(primary, removed, archives));
    await drain(ctx, policy, replica);
    await requireInStep(ctx, policy, primary, replica);
    note(
      ctx,
      report,
      'info',
      replica,
      `${replica} has all that ${primary} has, compared twice without a write between`,
    );
    return archives[0];
  } catch (error) {
    throw await undone(ctx, policy, primary, error);
  }
}

async function undone(ctx: Context, policy: Policy, primary: string, error: unknown): Promise<unknown> {
  if (!isProblem(error)) return error;
  const { signal: _, ...withoutCancel } = ctx;
  const back = await bringKeepersBack(withoutCancel, ctx.session(primary), policy).catch((problem: unknown) => {
    if (isProblem(problem)) return problem;
    throw problem;
  });
  const { kind, place, reason } = error;
  const remedy = isProblem(back)
    ? `${primary} is still primary but locked (${back.reason}): bring its keepers back with promote --device ${primary}, or run this again`
    : `${primary} is still primary and its keepers can write; ${lowerFirst(error.remedy)}`;
  return new Problem({ kind, place, cause: reason, remedy }, { cause: error });
}

/** A device that is primary already: its keepers come back and the others learn of it, in case that is still to be done. */
async function confirm(
  ctx: Context,
  policy: Policy,
  roles: RoleView,
  report: PromotionReport,
): Promise<PromotionReport> {
  const record = requireReady(roles, report.primary).record;
  const ruling = record?.nonce === roles.nonce ? record : rulingOf(roles);
  if (ruling === undefined) throw noRecord(policy);
  await takeOver(ctx, withPrimary(policy, report.primary), ruling, roles, report);
  if (report.done.length === 0) report.done.push(`${report.primary} was primary already`);
  return report;
}

const rulingOf = (roles: RoleView) =>
  [...roles.devices.values()].find(({ record }) => record?.nonce === roles.nonce)?.record;

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
