import { namespaceTitle } from '../../names.ts';
import { Problem } from '../../problem.ts';
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
  const { keepers, present, file, warning } = await bringKeepersBack(ctx, ctx.session(device), policy, archive);
  const title = namespaceTitle(policy.namespace);
  if (warning !== undefined) {
    const remedy = 'Name an archive that was made with its users: --from FILE';
    throw new Problem({
      kind: 'refused',
      place: device,
      cause: `no archive at hand holds a keeper of ${title}`,
      remedy,
    });
  }
  report.keepers.push(...keepers);
  if (keepers.length === 0)
    report.done.push(`all keepers of ${title} in ${file} are there already: ${present.join(', ')}`);
  else note(ctx, report, 'alarm', device, `keepers of ${title} came back from ${file}: ${keepers.join(', ')}`);
  if (!roles.primaries.includes(device)) {
    report.warnings.push(
      `${device} is a replica by its record: what is made there now may clash with the primary, and sync locks it again`,
    );
  }
  return report;
}
