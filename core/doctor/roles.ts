import { namespaceTitle } from '../names.ts';
import type { DeviceRole, RoleView } from '../replication/roles/read-roles.ts';
import { type Finding, ill, illFrom, well } from './finding.ts';

/**
 * Whether one primary rules, and the device knows it. Undefined where the device has no record, or can't be asked for a
 * reason that other checks find too.
 */
export function checkRoles(view: RoleView, { record, problem }: DeviceRole): Finding | undefined {
  const title = namespaceTitle(view.namespace);
  if (problem?.kind === 'refused') return illFrom('roles', problem);
  if (record === undefined) return undefined;
  if (record.epoch < view.epoch) {
    return ill(
      'roles',
      `its record of ${title} is of epoch ${record.epoch}, epoch ${view.epoch} rules: nothing is copied from it or onto it`,
      'Run sync, which brings a replica the newer record; a device that was primary comes back with rejoin',
    );
  }
  if (view.splitBrain) {
    return ill(
      'roles',
      `split brain: epoch ${view.epoch} of ${title} was claimed twice, here for ${record.primaries.join(', ')} by ${record.by} at ${record.at}`,
      'Everything has stopped, and both sides keep what they made: compare them (diff), decide who is primary, and promote it, which begins a higher epoch',
    );
  }
  return well('roles', `epoch ${record.epoch} of ${title}: primary is ${record.primaries.join(', ')}`);
}
