import type { Context } from '../replication/context.ts';
import type { Policy } from '../replication/policy.ts';
import { readRoles } from '../replication/roles/read-roles.ts';
import type { Finding } from './finding.ts';
import { checkGeneration } from './generation.ts';
import { checkKeepers } from './keepers.ts';
import { checkKeepersArchive } from './keepers-archive.ts';
import { checkLease } from './lease.ts';
import type { Replicated } from './replicated.ts';
import { checkRoles } from './roles.ts';

/**
 * Examines who is what in a namespace, by device. Nothing is found on a device that holds no role record yet, or where the
 * users can't be read: other checks say why.
 */
export async function examineReplication(ctx: Context, policy: Policy): Promise<Map<string, Finding[]>> {
  const view = await readRoles(ctx, policy);
  const findings = new Map<string, Finding[]>();
  for (const [device, role] of view.devices) {
    const { record } = role;
    const roles = checkRoles(view, role);
    const all = roles === undefined ? [] : [roles];
    if (record !== undefined) {
      const seen: Replicated = { ctx, policy, view, role, record };
      all.push(checkKeepers(seen), checkGeneration(seen), checkLease(seen), checkKeepersArchive(seen));
    }
    findings.set(device, all);
  }
  return findings;
}
