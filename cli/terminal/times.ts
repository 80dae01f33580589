import { moment as momentText } from '../../core/moment.ts';
import { count } from './text.ts';

/** A length of time for people; milliseconds in, one unit out. */
export function duration(ms: number): string {
  if (ms < 120_000) return count(Math.round(ms / 1000), 'second');
  if (ms < 7_200_000) return count(Math.round(ms / 60_000), 'minute');
  if (ms < 172_800_000) return count(Math.round(ms / 3_600_000), 'hour');
  return count(Math.round(ms / 86_400_000), 'day');
}

/** A moment for people; `never` without one. */
export const moment = (at: number | null | undefined): string =>
  at === null || at === undefined ? 'never' : momentText(at);
