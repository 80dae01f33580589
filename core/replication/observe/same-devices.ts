import { Problem } from '../../problem.ts';
import type { Context } from '../context.ts';
import { devicesOf, type Policy } from '../policy.ts';
import type { ObservedLink } from './observe-link.ts';

/**
 * Throws a Problem `refused` where a device answers under the name that the journal knows another one by: addresses were
 * exchanged, and the record would speak of the wrong device.
 */
export function requireSameDevices({ journal }: Context, policy: Policy, observations: readonly ObservedLink[]): void {
  for (const { device, deviceIds } of observations.flatMap(({ left, right }) => [left, right])) {
    for (const other of devicesOf(policy).filter((name) => name !== device)) {
      const known = journal.seen(policy.namespace, other)?.deviceIds ?? [];
      if (!known.some((id) => deviceIds.includes(id))) continue;
      throw new Problem({
        kind: 'refused',
        place: device,
        cause: `the device that answers there is the one that was ${other} before`,
        remedy: `Look at the addresses of ${device} and ${other} in the manifest: they seem to be exchanged`,
      });
    }
  }
}
