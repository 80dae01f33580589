import type { Context } from '../replication/context.ts';
import type { Policy } from '../replication/policy.ts';
import type { DeviceRole, RoleView } from '../replication/roles/read-roles.ts';
import type { RoleRecord } from '../replication/roles/record.ts';

/** What is known of a replicated namespace on one device. */
export interface Replicated {
  ctx: Context;
  policy: Policy;
  view: RoleView;
  role: DeviceRole;
  record: RoleRecord;
}

/** Whether a device follows another, by the record that rules. */
export const isReplica = ({ view, role, record }: Pick<Replicated, 'view' | 'role' | 'record'>): boolean =>
  record.epoch === view.epoch && !record.primaries.includes(role.device);
