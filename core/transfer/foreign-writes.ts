import { askNodes } from '../device/answering-nodes.ts';
import { type Metrics, readMetrics } from '../device/metrics.ts';
import { type Credential, type DeviceNode, ownWrites } from '../device/node.ts';
import type { Session } from '../device/session.ts';
import type { WorkOptions } from '../progress.ts';
import type { Writes } from './writes.ts';

/** How often the counter is read anew because a write of ours was under way, which may be in it or not. */
const TRIES = 5;

/**
 * The write counters of all nodes of a device less what this process wrote: they rise only when somebody else writes.
 * Undefined without a Metrics user, when a node of a cluster is down, or when we write so much that nobody can tell.
 */
export async function readForeignWrites(session: Session, options: WorkOptions = {}): Promise<Writes | undefined> {
  const credential = await session.metrics();
  if (credential === undefined) return undefined;
  const counters = await askNodes(session, (node) => readForeign(node, credential, options));
  const isWhole = counters.length === session.device.nodes.length && counters.every((counter) => counter !== undefined);
  return isWhole ? (counters as Writes) : undefined;
}

async function readForeign(
  node: DeviceNode,
  credential: Credential,
  options: WorkOptions,
): Promise<Metrics | undefined> {
  for (let i = 0; i < TRIES; i++) {
    const before = ownWrites(node);
    const { kvWrite, uptime } = await readMetrics(node, credential, options);
    const after = ownWrites(node);
    if (before.begun === after.begun && before.ended === before.begun) return { kvWrite: kvWrite - after.done, uptime };
  }
  return undefined;
}
