import { namespaceTitle } from '../../names.ts';
import { isProblem, Problem } from '../../problem.ts';
import type { Context } from '../context.ts';
import { devicesOf, type Policy } from '../policy.ts';
import { claimEpoch, copyRecord } from '../roles/claim.ts';
import { bringKeepersBack } from '../roles/keepers.ts';
import { noteEpoch, type RoleView } from '../roles/read-roles.ts';
import { type RoleRecord, recordTime } from '../roles/record.ts';
import { note } from './note.ts';
import type { PromotionReport } from './report.ts';

/**
 * Claims the next epoch for new primaries on one device, the arbiter: of two who claim at once at most one holds it.
 * Throws a Problem `refused` when somebody else does.
 */
export async function claimFor(
  ctx: Context,
  policy: Policy,
  primaries: readonly string[],
  epoch: number,
  arbiter: string,
): Promise<RoleRecord> {
  const record: RoleRecord = {
    epoch,
    primaries: [...primaries].sort(),
    at: recordTime(ctx.clock.now()),
    by: ctx.controller,
    nonce: ctx.random(8).toString('hex'),
  };
  if (await claimEpoch(ctx, ctx.session(arbiter), policy, record)) {
    noteEpoch(ctx.journal, policy.namespace, record);
    return record;
  }
  throw new Problem({
    kind: 'refused',
    place: arbiter,
    cause: `somebody else claimed epoch ${epoch} of ${namespaceTitle(policy.namespace)} at the same time`,
    remedy: 'Look at roles, talk to them, then run this again if it is still wanted',
  });
}

/**
 * The rest of a promotion, once the record is claimed: every device that followed learns of it, and the keepers come
 * back on the new primary, from the archive named or the newest. An old primary that went its own way since is left to
 * `rejoin`. May be run again.
 */
export async function takeOver(
  ctx: Context,
  policy: Policy,
  record: RoleRecord,
  roles: RoleView,
  report: PromotionReport,
  archive?: string,
): Promise<void> {
  for (const primary of record.primaries) {
    await copyRecord(ctx, ctx.session(primary), policy, record);
    const { keepers, file, warning } = await bringKeepersBack(ctx, ctx.session(primary), policy, archive);
    report.keepers.push(...keepers);
    if (warning !== undefined) report.warnings.push(warning);
    if (keepers.length === 0) continue;
    note(ctx, report, 'warning', primary, `keepers are back on ${primary} (${file}): ${keepers.join(', ')}`);
  }
  const others = devicesOf(policy).filter((name) => !record.primaries.includes(name));
  for (const device of others) await tell(ctx, policy, record, roles, report, device);
}

async function tell(
  ctx: Context,
  policy: Policy,
  record: RoleRecord,
  roles: RoleView,
  report: PromotionReport,
  device: string,
): Promise<void> {
  const role = roles.devices.get(device);
  if (role?.problem !== undefined || !role?.hasNamespace) {
    report.warnings.push(
      `${device} does not know yet that epoch ${record.epoch} belongs to ${record.primaries.join(', ')}: ${role?.problem?.reason ?? 'the namespace is not there'}`,
    );
    return;
  }
  if (!report.fenced.includes(device) && isFormerPrimary(role.record, record, device)) {
    report.warnings.push(
      `${device} was primary in epoch ${role.record?.epoch}: bring it back with rejoin --device ${device}`,
    );
    return;
  }
  try {
    await copyRecord(ctx, ctx.session(device), policy, record);
  } catch (error) {
    if (!isProblem(error) || error.kind === 'cancelled') throw error;
    report.warnings.push(
      `${device} could not be told of epoch ${record.epoch}: ${error.reason}; sync brings it the record`,
    );
  }
}

/** Whether a device went its own way: primary by a record of its own that is older than the one that rules. */
export const isFormerPrimary = (own: RoleRecord | undefined, ruling: { epoch: number }, device: string): boolean =>
  own !== undefined && own.epoch < ruling.epoch && own.primaries.includes(device);
