import type { Context } from '../context.ts';
import { type Policy, sourcesOf } from '../policy.ts';
import { judgeMark } from '../roles/mark.ts';
import { type DeviceRole, type RoleView, readRoles } from '../roles/read-roles.ts';

/** Which devices of a namespace a stream may work with: all of them as the last full comparison left them. */
export interface Premises {
  epoch: number;
  nonce: string;
  /** Devices whose new keys are carried on. */
  sources: readonly string[];
  /** Devices that take part, sources among them; the others are out of reach. */
  devices: readonly string[];
}

/**
 * Reads the roles and says what a stream may do, or in words why it may do nothing before a full comparison looked: it stops
 * at everything that is not as usual, and leaves it to the comparison to say what is to be done. Devices that the comparison
 * had to leave out take no part. Throws what keeps us from every source.
 */
export async function readPremises(
  ctx: Context,
  policy: Policy,
  resting: ReadonlySet<string>,
): Promise<Premises | string> {
  const wanted = sourcesOf(policy);
  const roles = await readRoles(ctx, policy);
  if (roles.splitBrain) return 'two devices claim the same epoch';
  const stuck = wanted.map((device) => roles.devices.get(device)?.problem).filter((problem) => problem !== undefined);
  if (stuck[0] !== undefined && stuck.length === wanted.length) throw stuck[0];
  if (roles.epoch === 0) return 'no device has a role record yet';
  if ([...wanted].sort().join() !== [...roles.primaries].sort().join()) return 'the manifest names another primary';
  const usable: string[] = [];
  for (const role of roles.devices.values()) {
    const why = whyNotUsable(ctx, policy, roles, role);
    if (why !== undefined) return `${role.device}: ${why}`;
    if (role.reachable && role.problem === undefined && !resting.has(role.device)) usable.push(role.device);
  }
  const sources = wanted.filter((device) => usable.includes(device));
  return { epoch: roles.epoch, nonce: roles.nonce, sources, devices: usable };
}

function whyNotUsable(ctx: Context, policy: Policy, roles: RoleView, role: DeviceRole): string | undefined {
  if (!role.reachable || role.problem !== undefined) return undefined;
  if (!role.hasNamespace) return 'it lacks the namespace';
  if (role.record?.epoch !== roles.epoch || role.record.nonce !== roles.nonce) return 'it holds another role record';
  const judgement = judgeMark(ctx.journal.seen(policy.namespace, role.device), role.mark);
  if (judgement !== 'continuous') return 'its mark is not the one that we left';
  const isReplica = !roles.primaries.includes(role.device);
  return isReplica && role.keepers.length > 0 ? 'a keeper is there' : undefined;
}

/** Whether both allow the same; a device that came or went is a difference. */
export const isSamePremises = (a: Premises, b: Premises): boolean =>
  a.epoch === b.epoch && a.nonce === b.nonce && a.devices.join() === b.devices.join();
