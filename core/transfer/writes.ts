import { type Metrics, readMetrics } from '../device/metrics.ts';
import type { Session } from '../device/session.ts';
import { Problem } from '../problem.ts';
import type { WorkOptions } from '../progress.ts';

/** The write counters of all nodes of a device, in their order: each counts its own writes only. */
export type Writes = readonly Metrics[];

/** Reads the counters; undefined without a Metrics user. All nodes must answer. */
export async function readWrites(session: Session, options: WorkOptions = {}): Promise<Writes | undefined> {
  const credential = await session.metrics();
  if (credential === undefined) return undefined;
  return Promise.all(session.device.nodes.map((node) => readMetrics(node, credential, options)));
}

/** Throws a Problem `refused` when somebody wrote on the device, or a node started again, since `before`. */
export async function requireNoWrites(session: Session, before: Writes | undefined): Promise<void> {
  if (before === undefined) return;
  const now = await readWrites(session);
  if (now?.every((node, i) => isSameSince(before[i], node, 0))) return;
  throw new Problem({
    kind: 'refused',
    place: session.name,
    cause: 'somebody wrote on it since its backup began, which the merge would undo; nothing was restored',
    remedy: 'Try again at a quieter time',
  });
}

/** Whether all that was written since `before` is one write, ours; a restore counts as one on the node that it goes to. */
export async function hasSingleWrite(session: Session, before: Writes): Promise<boolean> {
  const now = await readWrites(session);
  const at = session.device.nodes.indexOf(session.node);
  return now?.every((node, i) => isSameSince(before[i], node, i === at ? 1 : 0)) ?? false;
}

/** Whether a node runs on since `before` and wrote just so many times more. */
export const isSameSince = (before: Metrics | undefined, now: Metrics, more: number): boolean =>
  before !== undefined && now.uptime >= before.uptime && now.kvWrite === before.kvWrite + more;
