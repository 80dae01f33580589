import { Cron } from 'croner';

/**
 * The first run of a schedule after a moment; undefined when it never fires. Moments are milliseconds since 1970. A time
 * that daylight saving skips is moved to just after the gap; one that comes twice fires at the first of the two, but a
 * schedule that names every hour fires in both. Without a time zone the clock of this machine counts. Throws a TypeError or
 * RangeError for an expression or zone that the manifest's rules refuse.
 */
export function nextRun(schedule: string, timeZone: string | undefined, after: number): number | undefined {
  return cronOf(schedule, timeZone).nextRun(new Date(after))?.getTime();
}

/**
 * The run that is due: the latest scheduled moment up to now, unless it was done. However many were missed, they are made up
 * once. Where nothing was ever done, that latest moment is due too; a last run later than now, of a clock that was wrong,
 * does not count.
 */
export function dueRun(
  schedule: string,
  timeZone: string | undefined,
  lastDone: number | undefined,
  now: number,
): number | undefined {
  const [latest] = cronOf(schedule, timeZone).previousRuns(1, new Date(startOfNextSecond(now)));
  const at = latest?.getTime();
  if (at === undefined || (lastDone !== undefined && lastDone <= now && at <= lastDone)) return undefined;
  return at;
}

/** Runs start at whole seconds, and what is asked for lies before the given one. */
const startOfNextSecond = (now: number): number => Math.floor(now / 1000) * 1000 + 1000;

const cronOf = (schedule: string, timeZone: string | undefined): Cron =>
  new Cron(schedule, { mode: '5-part', paused: true, ...(timeZone !== undefined && { timezone: timeZone }) });
