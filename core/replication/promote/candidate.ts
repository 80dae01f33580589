import { namespaceTitle } from '../../names.ts';
import { Problem } from '../../problem.ts';
import { devicesOf, type OneWay, type Policy } from '../policy.ts';
import type { DeviceRole, RoleView } from '../roles/read-roles.ts';

/** The same policy with another primary: what the role record says where the manifest says otherwise. */
export function withPrimary(policy: Policy, primary: string): Policy & { sites: OneWay } {
  const replicas = devicesOf(policy).filter((name) => name !== primary);
  return { ...policy, sites: { kind: 'one-way', primary, replicas } };
}

/** Throws a Problem `usage` unless one device is primary and the named one is among them all. */
export function requireCandidate(policy: Policy, device: string): void {
  const title = namespaceTitle(policy.namespace);
  if (policy.sites.kind === 'two-way') {
    throw new Problem({
      kind: 'usage',
      place: title,
      cause: 'all its sites are primaries, so there is nobody to promote',
      remedy: 'Nothing needs to be done when one of them is lost; the others go on',
    });
  }
  if (devicesOf(policy).includes(device)) return;
  throw new Problem({
    kind: 'usage',
    place: title,
    cause: `${device} is neither its primary nor one of its replicas`,
    remedy: `Name one of ${devicesOf(policy).join(', ')}`,
  });
}

/** Throws a Problem `refused` when an epoch was claimed twice: only a person can choose. */
export function requireOneHead(roles: RoleView): void {
  if (!roles.splitBrain) return;
  throw new Problem({
    kind: 'refused',
    place: namespaceTitle(roles.namespace),
    cause: `epoch ${roles.epoch} was claimed twice (split brain)`,
    remedy:
      'Look at both with roles and diff, choose the one that shall go on, promote it with --failover, then rejoin the other',
  });
}

/** The part of a device that answers and holds the namespace; throws the Problem that stands in the way. */
export function requireReady(roles: RoleView, device: string): DeviceRole {
  const role = roles.devices.get(device);
  if (role?.problem !== undefined) throw role.problem;
  if (role?.hasNamespace) return role;
  throw new Problem({
    kind: 'refused',
    place: device,
    cause: `${namespaceTitle(roles.namespace)} is not there`,
    remedy: 'Synchronise first: sync',
  });
}
