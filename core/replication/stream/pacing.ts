/** How fast a stream goes: pure functions of what was seen, in milliseconds. */

/** What the pace of a stream depends on. */
export interface Pace {
  /** What the manifest allows; undefined where it says nothing. */
  maxLag: number | undefined;
  /** How long the last pass over the device's store took: it grows with the store, and the device's other users wait for it. */
  lastPass: number;
  /** Failures in a row. */
  failures: number;
}

const SOONEST_POLL = 100;
const LATEST_POLL = 5_000;
/** Where nothing says how much lag is allowed. */
const USUAL_LAG = 60_000;
const LONGEST_BACKOFF = 60_000;
/** The least time between two full comparisons, and how many times their own length lies between them. */
const SOONEST_COMPARISON = 5_000;
const COMPARISON_SHARE = 5;
const SOONEST_COPY = 1_000;
/** A full comparison is made now and then even when nothing asks for it. */
const BACKSTOP = 600_000;
const BACKSTOP_SHARE = 60;

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));

/**
 * How long to wait between two looks at a device's counters. After failures in a row the wait doubles up to a minute, with a
 * random part, so that devices that come back are not met by all at once. `random` is between 0 and 1.
 */
export function pollInterval({ maxLag, lastPass, failures }: Pace, random: number): number {
  const wanted = Math.max((maxLag ?? USUAL_LAG) / 100, lastPass / 4);
  const calm = clamp(wanted, SOONEST_POLL, LATEST_POLL);
  if (failures === 0) return calm;
  return clamp(calm * 2 ** Math.min(failures, 16), SOONEST_POLL, LONGEST_BACKOFF) * (0.5 + random / 2);
}

/** The same where nobody counts: each look lists all ids, so it comes seldom, yet several times within the lag. */
export const lookInterval = (pace: Pace, random: number): number =>
  clamp(pollInterval(pace, random) * 10, 1_000, Math.max(1_000, (pace.maxLag ?? USUAL_LAG) / 4));

/** How long a burst is gathered before a device's store is read again: a quarter of what a pass takes, well below the lag. */
export const restAfterPass = ({ maxLag, lastPass }: Pick<Pace, 'maxLag' | 'lastPass'>): number =>
  clamp(lastPass / 4, 20, Math.max(20, (maxLag ?? USUAL_LAG) / 4));

/** Why a full comparison is wanted: keys that only it can carry, a change that nothing explains, or nothing at all. */
export type ComparisonReason = 'keys' | 'unexplained' | 'backstop';

/**
 * The least time from the end of one full comparison to the beginning of the next, by how long the last one took: it reads
 * all stores, so it grows with them.
 */
export function comparisonInterval(reason: ComparisonReason, lastTook: number): number {
  if (reason === 'keys') return Math.max(SOONEST_COPY, lastTook);
  if (reason === 'unexplained') return Math.max(SOONEST_COMPARISON, lastTook * COMPARISON_SHARE);
  return Math.max(BACKSTOP, lastTook * BACKSTOP_SHARE);
}

/** How long to wait after the so-many-th failure in a row: from a second to five minutes, with a random part (0 to 1). */
export const backoff = (failures: number, random: number): number =>
  clamp(1_000 * 2 ** Math.min(failures - 1, 16), 1_000, 300_000) * (0.5 + random / 2);
