import { namespaceTitle } from '../../names.ts';
import { Problem } from '../../problem.ts';
import type { Context } from '../context.ts';
import { deviceIdsOf } from '../observe/device-look.ts';
import type { Premises } from '../plan/plan.ts';
import type { Policy } from '../policy.ts';
import { type RoleView, readRecords } from '../roles/read-roles.ts';

/**
 * Looks again whether what a plan was made from still holds: the ruling record, no split brain, and on each device the
 * same nodes and the same mark. Throws a Problem `refused` that says what changed.
 */
export async function checkPremises(ctx: Context, policy: Policy, premises: Premises): Promise<void> {
  const roles = await readRecords(ctx, policy);
  const why = whyNotRuling(roles, premises) ?? (await whyNotDevices(ctx, policy, roles, premises));
  if (why === undefined) return;
  throw new Problem({
    kind: 'refused',
    place: namespaceTitle(policy.namespace),
    cause: `${why}, so nothing more is done by this plan`,
    remedy: 'Run it again: it plans anew',
  });
}

function whyNotRuling(roles: RoleView, premises: Premises): string | undefined {
  if (roles.splitBrain) return `two devices say that they are primary in epoch ${roles.epoch} (split brain)`;
  if (roles.epoch === premises.epoch && roles.nonce === premises.nonce) return undefined;
  return `the role record changed meanwhile (epoch ${roles.epoch} now, ${premises.epoch} when it was planned)`;
}

async function whyNotDevices(
  ctx: Context,
  { namespace }: Policy,
  roles: RoleView,
  premises: Premises,
): Promise<string | undefined> {
  for (const [device, planned] of Object.entries(premises.devices)) {
    const role = roles.devices.get(device);
    if (role?.problem !== undefined) throw role.problem;
    if (role?.hasNamespace !== true) return `${device} has no ${namespaceTitle(namespace)} any more`;
    const mark = role.mark;
    if ((mark?.generation ?? 0) !== planned.generation || (mark?.nonce ?? '') !== planned.markNonce) {
      return `the mark on ${device} changed: it was restored, or another controller works there`;
    }
    const ids = await deviceIdsOf(ctx.session(device), ctx);
    // A node that is away now, or was then, is no other device.
    if (!ids.some((id) => planned.deviceIds.includes(id))) return `${device} is another device than it was`;
  }
  return undefined;
}
