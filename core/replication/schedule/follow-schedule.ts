import { isProblem } from '../../problem.ts';
import type { Context } from '../context.ts';
import { dueRun, nextRun } from './times.ts';

/** When something runs again and again. */
export interface Schedule {
  /** Its name in the journal: `backup payments`. */
  name: string;
  schedule: string;
  timeZone?: string;
}

/** Longest sleep, in milliseconds: a clock that is set, or a machine that slept, is noticed after that. */
const MOST_SLEEP = 60_000;
/** Wait after a run that failed, in milliseconds; doubled with each further one. */
const FIRST_RETRY = 60_000;
const MOST_RETRY = 3_600_000;

/**
 * Does work at the times of a schedule until the context's signal fires: never twice at once, a missed run made up once. A
 * run that throws is told to `onFailure` and made again, first after a minute, then ever later, until it succeeds; the next
 * scheduled time comes in any case. Resolves when it was stopped.
 */
export async function followSchedule(
  ctx: Pick<Context, 'clock' | 'journal' | 'signal'>,
  { name, schedule, timeZone }: Schedule,
  work: (due: number) => Promise<void>,
  onFailure: (error: unknown) => void,
): Promise<void> {
  const { clock, journal, signal } = ctx;
  let failures = 0;
  let failed: number | undefined;
  let retryAt = 0;
  const stopped = (): boolean => signal?.aborted === true;
  while (!stopped()) {
    const now = clock.now();
    const due = dueRun(schedule, timeZone, journal.lastDone(name), now);
    if (due !== undefined && (due !== failed || now >= retryAt)) {
      try {
        await work(due);
        journal.putDone(name, due);
        failures = 0;
        failed = undefined;
      } catch (error) {
        if (stopped() || isProblem(error, 'cancelled')) return;
        onFailure(error);
        retryAt = clock.now() + Math.min(FIRST_RETRY * 2 ** failures, MOST_RETRY);
        failures += 1;
        failed = due;
      }
      continue;
    }
    const next = nextRun(schedule, timeZone, now) ?? Number.POSITIVE_INFINITY;
    const until = due === undefined ? next : Math.min(next, retryAt);
    await clock.sleep(Math.min(until - now, MOST_SLEEP), signal).catch((error: unknown) => {
      if (!stopped()) throw error;
    });
  }
}
