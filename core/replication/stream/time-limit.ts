import type { Clock } from '../../clock.ts';
import type { Mailbox } from './mailbox.ts';

/** Does work that is given up after so many milliseconds of the clock, or when the signal fires. */
export async function withLimit<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const done = new AbortController();
  clock.sleep(ms, done.signal).then(
    () => limit.abort(new DOMException('time limit', 'TimeoutError')),
    () => {},
  );
  try {
    return await work(AbortSignal.any([signal, limit.signal]));
  } finally {
    done.abort();
  }
}

/** Sleeps so many milliseconds of the clock, or until the signal fires; never rejects. */
export const rest = (clock: Clock, ms: number, signal: AbortSignal): Promise<void> =>
  clock.sleep(ms, signal).catch(() => {});

/** Letters of a box, none when so many milliseconds of the clock passed. Rejects when the signal fires. */
export async function takeWithin<T>(clock: Clock, ms: number, box: Mailbox<T>, signal: AbortSignal): Promise<T[]> {
  try {
    return await withLimit(clock, ms, signal, (limited) => box.take(limited));
  } catch (error) {
    if (signal.aborted) throw error;
    return [];
  }
}
