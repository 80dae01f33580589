import { namespaceTitle } from '../../names.ts';
import type { Context } from '../context.ts';
import type { Policy } from '../policy.ts';
import { bringKeepersBack } from '../roles/keepers.ts';
import { readRoles } from '../roles/read-roles.ts';
import { note } from './note.ts';
import { emptyPromotion, type PromotionReport } from './report.ts';

/**
 * Brings keepers back onto a device from an archive, whoever is primary: for the night in which nothing else works. The
 * role record stays as it is, so a replica with keepers raises an alarm at every run until it is locked again.
 */
export async function breakGlass(
  ctx: Context,
  policy: Policy,
  device: string,
  archive?: string,
): Promise<PromotionReport> {
  const roles = await readRoles(ctx, policy);
  const report = emptyPromotion(policy.namespace, roles.primaries[0] ?? '', roles.epoch);
  const { keepers, file, warning } = await bringKeepersBack(ctx, ctx.session(device), policy, archive);
  report.keepers.push(...keepers);
  if (warning !== undefined) report.warnings.push(warning);
  note(
    ctx,
    report,
    'alarm',
    device,
    `${keepers.length} keepers of ${namespaceTitle(policy.namespace)} came back from ${file}`,
  );
  if (!roles.primaries.includes(device)) {
    report.warnings.push(
      `${device} is a replica by its record: what is made there now may clash with the primary, and sync locks it again`,
    );
  }
  return report;
}
