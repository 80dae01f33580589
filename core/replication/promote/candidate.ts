import type { Session } from '../../device/session.ts';
import { namespaceTitle } from '../../names.ts';
import { Problem } from '../../problem.ts';
import type { Context } from '../context.ts';
import { devicesOf, type OneWay, type Policy } from '../policy.ts';
import type { DeviceRole, RoleView } from '../roles/read-roles.ts';

/** The same policy with another primary: what the role record says where the manifest says otherwise. */
export function withPrimary(policy: Policy, primary: string): Policy & { sites: OneWay } {
  const replicas = devicesOf(policy).filter((name) => name !== primary);
  return { ...policy, sites: { kind: 'one-way', primary, replicas } };
}

/** The same policy as the role record has it: one primary, or several that all write; who owns which ids does not matter then. */
export function asRecorded(policy: Policy, primaries: readonly string[]): Policy {
  const [only, other] = primaries;
  if (only !== undefined && other === undefined) return withPrimary(policy, only);
  return { ...policy, sites: { kind: 'two-way', sites: primaries.map((device) => ({ device, owns: () => false })) } };
}

/** Who shall be primary when a device is promoted: it alone, or all sites where the manifest lets all of them write. */
export const wantedPrimaries = ({ sites }: Policy, device: string): readonly string[] =>
  sites.kind === 'one-way' ? [device] : sites.sites.map((site) => site.device).sort();

/** Throws a Problem `usage` unless the device is one of the namespace. */
export function requireCandidate(policy: Policy, device: string): void {
  if (devicesOf(policy).includes(device)) return;
  throw new Problem({
    kind: 'usage',
    place: namespaceTitle(policy.namespace),
    cause: `${device} is neither its primary nor one of its replicas`,
    remedy: `Name one of ${devicesOf(policy).join(', ')}`,
  });
}

/** Throws a Problem `usage` where all sites are primaries: none of them can be lost in a way that needs another. */
export function requireOneWay(policy: Policy): void {
  if (policy.sites.kind === 'one-way') return;
  throw new Problem({
    kind: 'usage',
    place: namespaceTitle(policy.namespace),
    cause: 'all its sites are primaries by the manifest, so none has to take over',
    remedy: 'Nothing needs to be done when one of them is lost; the others go on',
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

/** The devices that can be worked with, a lost one not among them. */
export const atHand = (ctx: Context, { devices }: RoleView): Session[] =>
  [...devices.values()]
    .filter(({ problem, hasNamespace }) => problem === undefined && hasNamespace)
    .map(({ device }) => ctx.session(device));
