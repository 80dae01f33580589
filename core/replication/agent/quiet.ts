import type { Clock } from '../../clock.ts';
import type { Activity } from '../journal/journal.ts';

const HOUR = 3_600_000;
/** More different ones than these are forgotten, the oldest first. */
const KEPT = 1_000;

/**
 * Passes on what is told, but the same alarm, error or warning at most once an hour: what lasts shall be heard of and not
 * drown the rest.
 */
export function quieted(clock: Clock, listener: (activity: Activity) => void): (activity: Activity) => void {
  const told = new Map<string, number>();
  return (activity) => {
    if (activity.level !== 'info') {
      const { level, kind, namespace, device, text } = activity;
      const key = JSON.stringify([level, kind, namespace, device, text]);
      const now = clock.now();
      const last = told.get(key);
      if (last !== undefined && now - last < HOUR) return;
      told.delete(key);
      told.set(key, now);
      if (told.size > KEPT) told.delete(told.keys().next().value as string);
    }
    listener(activity);
  };
}
