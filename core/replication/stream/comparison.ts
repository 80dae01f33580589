import { listIds } from '../../inventory/read.ts';
import type { KeyId } from '../../names.ts';
import { isProblem } from '../../problem.ts';
import { restingIn } from '../apply/report.ts';
import { requireEnded } from '../ended.ts';
import { type Policy, sourcesOf } from '../policy.ts';
import type { StreamEnv } from './env.ts';
import { type ComparisonReason, comparisonInterval } from './pacing.ts';

/** A full comparison that was made, and what the sources listed just before it: all of that it looked at. */
export interface Comparison {
  endedAt: number;
  /** How long the devices were read for it, at most, in milliseconds. */
  took: number;
  known: Map<string, readonly KeyId[]>;
  listedAt: Map<string, number>;
  /** Whether everything that it had to do is done. */
  isWhole: boolean;
  /** Whether it had nothing to do. */
  foundNothing: boolean;
  /** Devices that refused to be worked with. */
  resting: ReadonlySet<string>;
}

/** When the next full comparison is due, and why. */
export interface Due {
  at: number;
  reason: ComparisonReason;
  why: string;
  /** The moments (uptimes, by device) at which unexplained writes asked for it. */
  uptimes: Map<string, number>;
}

/** Reading both stores takes no longer than this; what is above it went into waiting and changing. */
const mostReading = (keys: number): number => 1_000 + keys / 10;

/** Makes a full comparison of a namespace with all that it leads to. Throws a Problem `partial` when it ended early. */
export async function makeComparison(env: StreamEnv, policy: Policy): Promise<Comparison> {
  const { ctx } = env;
  const begunAt = ctx.clock.now();
  const sources = sourcesOf(policy);
  const known = new Map<string, readonly KeyId[]>();
  const listedAt = new Map<string, number>();
  await Promise.all(
    sources.map(async (source) => {
      const at = ctx.clock.now();
      const ids = await listOrNothing(env, policy, source);
      known.set(source, ids);
      listedAt.set(source, at);
    }),
  );
  const report = await env.compare(policy);
  requireEnded(policy, report);
  const endedAt = ctx.clock.now();
  const foundNothing = report.asked === 0;
  const keys = Math.max(...[...known.values()].map((ids) => ids.length));
  const isWhole = report.steps.every(({ asked, verified }) => verified >= asked);
  const took = Math.min(endedAt - begunAt, mostReading(keys));
  return { endedAt, isWhole, took, known, listedAt, foundNothing, resting: new Set(restingIn(report)) };
}

/** A source that can't be listed (it is out of reach, or lacks the namespace still) shows everything as new later. */
async function listOrNothing({ ctx }: StreamEnv, { namespace }: Policy, source: string): Promise<readonly KeyId[]> {
  try {
    return await listIds(ctx.session(source), namespace, ctx);
  } catch (error) {
    if (isProblem(error) && error.kind !== 'cancelled') return [];
    throw error;
  }
}

/** The next comparison after one, if nothing else asks for it. */
export function nextDue({ endedAt, took, isWhole }: Comparison): Due {
  const reason = isWhole ? 'backstop' : 'unexplained';
  const why = isWhole ? 'the last one was long ago' : 'the last one left something undone';
  return { at: endedAt + comparisonInterval(reason, took), reason, why, uptimes: new Map() };
}

/** A comparison is asked for: as soon as its pace allows, and never later than it was due already. */
export function askFor(due: Due, last: Comparison, reason: ComparisonReason, why: string): void {
  const at = last.endedAt + comparisonInterval(reason, last.took);
  if (at < due.at) Object.assign(due, { at, reason, why });
}
