/** How many of the last changes are remembered. */
const KEPT = 1_000;

/** Lags of a link, in milliseconds; all of them at most: measured from when a change had not happened yet for certain. */
export interface LagFigures {
  /** How long the last change that arrived took. */
  last: number;
  p50: number;
  p95: number;
  /** Changes that arrived since the start. */
  changes: number;
}

/** Measures how long changes take from one device to another. */
export interface LagMeter {
  /** So many changes arrived after so many milliseconds. */
  arrived(ms: number, changes: number): void;
  /** Changes are known that have not arrived: since when, in milliseconds since 1970; undefined when there are none. */
  waiting: number | undefined;
  /** When the primary was last looked at and all that it had was there, in milliseconds since 1970. */
  inSyncAt: number | undefined;
  /** Undefined before the first change arrived. */
  figures(): LagFigures | undefined;
}

/** Begins to measure. */
export function createLagMeter(): LagMeter {
  let lags: number[] = [];
  let changes = 0;
  return {
    waiting: undefined,
    inSyncAt: undefined,
    arrived(ms, count) {
      changes += count;
      lags = [...lags, ...Array.from({ length: Math.min(count, KEPT) }, () => ms)].slice(-KEPT);
    },
    figures() {
      if (lags.length === 0) return undefined;
      const sorted = lags.toSorted((a, b) => a - b);
      const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] as number;
      return { last: lags.at(-1) as number, p50: at(0.5), p95: at(0.95), changes };
    },
  };
}

/** The lag of a link now: the age of the oldest change that did not arrive, 0 when all that was seen arrived. */
export const lagNow = ({ waiting }: Pick<LagMeter, 'waiting'>, now: number): number =>
  waiting === undefined ? 0 : Math.max(0, now - waiting);
