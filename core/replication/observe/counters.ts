import { readMetrics } from '../../device/metrics.ts';
import { ownWrites } from '../../device/node.ts';
import type { Session } from '../../device/session.ts';
import { isProblem } from '../../problem.ts';
import type { WorkOptions } from '../../progress.ts';
import type { Seen } from '../journal/journal.ts';

/** The write counters of a device at one moment, and how much of what they counted was ours. */
export interface Counters {
  /** Milliseconds since 1970. */
  at: number;
  nodes: readonly { kvWrite: number; uptime: number }[];
  /** Writes of this process until then, by node. */
  own: readonly number[];
}

/** How much less than the time that passed an uptime may have grown before a reboot is suspected, in seconds. */
const SLACK = 30;

/** Reads the write counters of all nodes; undefined where there is no Metrics user, or he can't read them. */
export async function readCounters(
  session: Session,
  now: () => number,
  options: WorkOptions,
): Promise<Counters | undefined> {
  try {
    const credential = await session.metrics();
    if (credential === undefined) return undefined;
    const at = now();
    const { nodes } = session.device;
    // Own writes first: one that ends meanwhile is counted twice, so that at worst a deletion waits for its evidence.
    const own = nodes.map((node) => ownWrites(node).done);
    return { at, own, nodes: await Promise.all(nodes.map((node) => readMetrics(node, credential, options))) };
  } catch (error) {
    if (isProblem(error) && error.kind !== 'cancelled') return undefined;
    throw error;
  }
}

/**
 * By how much the counters of all nodes rose since the journal's: undefined when that can't be known, because there are
 * none, or a node started again. An uptime that grew less than the time that passed tells a reboot.
 */
export function riseSince(seen: Seen | undefined, now: Counters | undefined): number | undefined {
  const before = seen?.counters;
  if (seen === undefined || before === undefined || now === undefined) return undefined;
  if (before.length !== now.nodes.length) return undefined;
  const passed = (now.at - seen.at) / 1000;
  let rise = 0;
  for (const [i, { kvWrite, uptime }] of now.nodes.entries()) {
    const last = before[i] as { kvWrite: number; uptime: number };
    if (kvWrite < last.kvWrite || uptime < last.uptime || uptime < last.uptime + passed - SLACK) return undefined;
    rise += kvWrite - last.kvWrite;
  }
  return rise;
}

/**
 * The counters as they would be now if nobody but we had written since: what others wrote meanwhile still shows as a rise
 * in the next run.
 */
export const withOwnWrites = (session: Session, { nodes, own }: Counters): NonNullable<Seen['counters']> =>
  nodes.map(({ kvWrite, uptime }, i) => {
    const node = session.device.nodes[i];
    return { kvWrite: kvWrite + (node === undefined ? 0 : ownWrites(node).done - (own[i] ?? 0)), uptime };
  });
