import type { Session } from '../../device/session.ts';
import { isProblem } from '../../problem.ts';
import { readForeignWrites } from '../../transfer/foreign-writes.ts';
import type { Writes } from '../../transfer/writes.ts';
import type { Context } from '../context.ts';
import { random } from '../random.ts';
import type { Change, ChangeSource } from './change-source.ts';
import { createMailbox, type Mailbox } from './mailbox.ts';
import { lookInterval, type Pace, pollInterval } from './pacing.ts';
import { rest, withLimit } from './time-limit.ts';

/** A counter that does not come within so many milliseconds counts as a failure. */
const PATIENCE = 10_000;

/** A device that is asked, and what its pace depends on at that moment. */
export interface Polled {
  session: Session;
  pace: () => Omit<Pace, 'failures'>;
}

/**
 * Hears of changes by asking: one small request to each node of each device for its write counter, whatever the number of
 * namespaces. What this process wrote itself is no change. A device without a Metrics user is told of at each look, since
 * only a listing tells there. One that is out of reach is asked less and less often, and told of when it is back. Ends
 * with the signal of the context.
 */
export function pollingSource(ctx: Context & { signal: AbortSignal }, devices: readonly Polled[]): ChangeSource {
  const changes = createMailbox<Change>();
  const quiet = new Map<string, number>();
  for (const device of devices) void poll(ctx, device, { changes, quiet });
  return { next: (signal) => changes.take(signal), quietAt: (device) => quiet.get(device) };
}

async function poll(
  ctx: Context & { signal: AbortSignal },
  polled: Polled,
  { changes, quiet }: { changes: Mailbox<Change>; quiet: Map<string, number> },
): Promise<void> {
  const { clock, signal } = ctx;
  const { session } = polled;
  let last: { at: number; writes: Writes | undefined } | undefined;
  let failures = 0;
  let interval = pollInterval;
  while (!signal.aborted) {
    const at = clock.now();
    try {
      const writes = await withLimit(clock, PATIENCE, signal, (limited) => readCounters(session, limited));
      noteReach(ctx, session.name, undefined);
      const change = failures > 0 ? BACK : changeOf(last?.writes, writes);
      if (last !== undefined && change !== undefined) {
        changes.put({ device: session.name, at: clock.now(), since: last.at, ...change });
        quiet.delete(session.name);
      } else if (change === undefined) quiet.set(session.name, at);
      interval = writes === undefined ? lookInterval : pollInterval;
      last = { at, writes };
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      last ??= { at, writes: undefined };
      noteReach(ctx, session.name, { at, error });
    }
    await rest(clock, interval({ ...polled.pace(), failures }, random(ctx)), signal);
  }
}

/** The counters of all nodes; undefined where nobody can tell: a Metrics user who is refused is as good as none. */
async function readCounters(session: Session, signal: AbortSignal): Promise<Writes | undefined> {
  try {
    return await readForeignWrites(session, { signal });
  } catch (error) {
    if (isProblem(error, 'unauthorised', 'forbidden')) return undefined;
    throw error;
  }
}

/** Tells the journal whether a device answers. A journal that can't be written stops the namespaces, which say so; not the looking. */
function noteReach({ journal }: Context, device: string, failure: { at: number; error: unknown } | undefined): void {
  try {
    if (failure === undefined) {
      if (journal.unreachableSince(device) !== undefined) journal.noteReachable(device);
    } else if (isProblem(failure.error, 'unreachable', 'cancelled')) {
      const { error, at } = failure;
      journal.noteUnreachable(device, at, error.kind === 'cancelled' ? 'it did not answer in time' : error.reason);
    }
  } catch {}
}

type Kind = Pick<Change, 'kind' | 'writes' | 'uptime'>;
const BACK: Kind = { kind: 'back', writes: 0, uptime: undefined };
const LOOK: Kind = { kind: 'look', writes: 0, uptime: undefined };

/** What two readings of the counters say; undefined when nobody else wrote between them. */
export function changeOf(before: Writes | undefined, now: Writes | undefined): Kind | undefined {
  if (before === undefined || now === undefined) return LOOK;
  const rises = now.map((node, i) => {
    const last = before[i];
    return last === undefined || node.uptime < last.uptime ? Number.NaN : node.kvWrite - last.kvWrite;
  });
  // A fall is a start of the node that the uptime no longer shows.
  if (rises.some((rise) => !(rise >= 0))) return BACK;
  const writes = rises.reduce((sum, rise) => sum + rise, 0);
  if (writes === 0) return undefined;
  const written = now.filter((_, i) => (rises[i] as number) > 0);
  return { kind: 'writes', writes, uptime: written.length === 1 ? written[0]?.uptime : undefined };
}
