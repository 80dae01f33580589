import { isProblem, type Problem } from '../problem.ts';
import type { DeviceNode } from './node.ts';
import type { Session } from './session.ts';

/** A node that was down is asked again after so many times without it: each try costs seconds. */
const REST = 20;
const resting = new WeakMap<DeviceNode, number>();

/**
 * Asks every node of a device, one after another so that a wrong passphrase is tried once, and leaves out those that are
 * down (`unreachable`, `failed`): a cluster of which one node is away goes on, and what the others say of its one store
 * counts. Throws the first Problem when none answers, and every other kind of Problem at once.
 */
export async function askNodes<T>(
  { device }: Pick<Session, 'device'>,
  ask: (node: DeviceNode) => Promise<T>,
): Promise<T[]> {
  const up = device.nodes.filter((node) => !rests(node));
  const given: T[] = [];
  let down: Problem | undefined;
  for (const node of up.length > 0 ? up : device.nodes) {
    try {
      given.push(await ask(node));
    } catch (problem) {
      if (!isProblem(problem, 'unreachable', 'failed')) throw problem;
      resting.set(node, REST);
      down ??= problem;
    }
  }
  if (given.length === 0 && down !== undefined) throw down;
  return given;
}

function rests(node: DeviceNode): boolean {
  const left = resting.get(node) ?? 0;
  if (left > 0) resting.set(node, left - 1);
  return left > 0;
}
