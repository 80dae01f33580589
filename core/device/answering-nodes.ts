import { isProblem, type Problem } from '../problem.ts';
import type { DeviceNode } from './node.ts';
import type { Session } from './session.ts';

/** A node that was down is asked again after so many times without it: each try costs seconds. */
const REST = 20;
const resting = new WeakMap<DeviceNode, number>();

/**
 * Asks every node of a device, and leaves out those that are down (`unreachable`, `failed`): a cluster of which one node
 * is away goes on, and what the others say of its one store counts. Throws the first Problem when none answers, and every
 * other kind of Problem.
 */
export async function askNodes<T>(
  { device }: Pick<Session, 'device'>,
  ask: (node: DeviceNode) => Promise<T>,
): Promise<T[]> {
  const up = device.nodes.filter((node) => !rests(node));
  const answers = await Promise.all((up.length > 0 ? up : device.nodes).map((node) => askOne(node, ask)));
  const given = answers.flatMap((answer) => ('value' in answer ? [answer.value] : []));
  const [down] = answers.flatMap((answer) => ('problem' in answer ? [answer.problem] : []));
  if (given.length === 0 && down !== undefined) throw down;
  return given;
}

async function askOne<T>(
  node: DeviceNode,
  ask: (node: DeviceNode) => Promise<T>,
): Promise<{ value: T } | { problem: Problem }> {
  try {
    return { value: await ask(node) };
  } catch (problem) {
    if (!isProblem(problem, 'unreachable', 'failed')) throw problem;
    resting.set(node, REST);
    return { problem };
  }
}

function rests(node: DeviceNode): boolean {
  const left = resting.get(node) ?? 0;
  if (left > 0) resting.set(node, left - 1);
  return left > 0;
}
