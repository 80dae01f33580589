import type { Device } from '../../device/device.ts';
import { throwIfCancelled } from '../../problem.ts';
import type { Context } from '../context.ts';

/** Both of two creations at the same moment succeed, and the later stays: this much later it is there. */
const ONE_NODE_MS = 1_000;
/** A node may go on for 10 s with what it knew of a user (the device's cache), so what another wrote shows after that. */
const CLUSTER_MS = 11_000;

/** How long after a change of users every node of a device tells the truth about them, in milliseconds. */
export const settleTime = (device: Pick<Device, 'nodes'>): number =>
  device.nodes.length > 1 ? CLUSTER_MS : ONE_NODE_MS;

/** Waits until a change of users shows on every node of the devices; throws a Problem `cancelled`. */
export async function settle(ctx: Context, ...devices: readonly Pick<Device, 'nodes' | 'name'>[]): Promise<void> {
  try {
    await ctx.clock.sleep(Math.max(0, ...devices.map(settleTime)), ctx.signal);
  } catch (error) {
    throwIfCancelled(ctx.signal, devices.map(({ name }) => name).join(', '));
    throw error;
  }
}
