import * as z from 'zod';
import { isProblem } from '../problem.ts';
import { readJson, readNothing } from './answer.ts';
import type { CallOptions, DeviceNode } from './node.ts';

const STATE = z.object({ state: z.enum(['Unprovisioned', 'Locked', 'Operational', 'Failed']) });
export type DeviceState = z.infer<typeof STATE>['state'];

/** The state of a node, asked without a credential. */
export async function readState(node: DeviceNode, options: CallOptions = {}): Promise<DeviceState> {
  const { state } = await node.request({ endpoint: 'healthState', credential: undefined, ...options }, (answer) =>
    readJson(answer, STATE),
  );
  return state;
}

/** Whether a node is Operational; false when it is Locked, Unprovisioned or Failed. */
export async function isReady(node: DeviceNode, options: CallOptions = {}): Promise<boolean> {
  try {
    await node.request({ endpoint: 'healthReady', credential: undefined, ...options }, readNothing);
    return true;
  } catch (error) {
    if (isProblem(error, 'locked', 'failed', 'precondition')) return false;
    throw error;
  }
}
