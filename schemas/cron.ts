import { Cron } from 'croner';

/** Why a cron expression is no good; undefined when it is. */
export function cronFault(expression: string): string | undefined {
  return timesOf(expression).fault;
}

/** A few of the times at which an expression fires, by the clock of UTC: their distances are what counts. */
interface Times {
  fault?: string;
  runs: number[];
}

/** From a Monday at the start of a year, so that the answer does not depend on when it is asked. */
const REFERENCE = new Date(Date.UTC(2024, 0, 1) - 1000);
const RUNS = 30;
const MOST_KNOWN = 5_000;
const known = new Map<string, Times>();

function timesOf(expression: string): Times {
  let times = known.get(expression);
  if (times === undefined) {
    times = compute(expression);
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(expression, times);
  }
  return times;
}

function compute(expression: string): Times {
  try {
    const cron = new Cron(expression, { mode: '5-part', timezone: 'UTC', paused: true });
    return { runs: cron.nextRuns(RUNS, REFERENCE).map((date) => date.getTime()) };
  } catch (error) {
    const said = String((error as Error).message).replace(/^CronPattern: /, '');
    return { fault: expression.trim().split(/\s+/).length === 5 ? said : 'it needs five fields', runs: [] };
  }
}

/** Whether an expression that can be read fires at all; `0 0 31 2 *` does not. */
export const everFires = (expression: string): boolean => timesOf(expression).runs.length > 0;

/** The longest and the shortest time between two runs that follow each other, in seconds. */
export function gapsOf(expression: string): { longest: number; shortest: number } | undefined {
  const { runs } = timesOf(expression);
  const gaps = runs.slice(1).map((at, index) => (at - (runs[index] as number)) / 1000);
  return gaps.length === 0 ? undefined : { longest: Math.max(...gaps), shortest: Math.min(...gaps) };
}

/** The next runs after a moment, by the clock of a time zone; none when expression or zone is no good. */
export function nextRuns(expression: string, timeZone: string, from: Date, count: number): Date[] {
  try {
    return new Cron(expression, { mode: '5-part', timezone: timeZone, paused: true }).nextRuns(count, from);
  } catch {
    return [];
  }
}

const zones = new Map<string, boolean>();

/** Whether this is a time zone that we know. */
export function isTimeZone(name: string): boolean {
  let known = zones.get(name);
  if (known === undefined) {
    try {
      new Intl.DateTimeFormat('en', { timeZone: name });
      known = /^[A-Z]/.test(name);
    } catch {
      known = false;
    }
    if (zones.size < MOST_KNOWN) zones.set(name, known);
  }
  return known;
}

/** The names of all time zones. */
export const timeZones = (): string[] => [
  'UTC',
  ...Intl.supportedValuesOf('timeZone').filter((name) => name !== 'UTC'),
];
