/** The device writes its operations counters once an hour. */
const HOUR = 3_600;
/** How far from the same moment of its hour such a write may be seen, in seconds. */
const SLACK = 15;
/** So many times a moment of the hour must have shown nothing before it is believed. */
const TIMES = 2;
const KEPT = 12;

/**
 * Recognises the hourly write of the operations counters by its period: unexplained writes that come at the same moment of
 * each hour since the device's start, behind which a full comparison found nothing.
 */
export interface HourlyWrites {
  /** A full comparison found nothing behind unexplained writes that were seen at this uptime (in seconds). */
  learn(uptime: number): void;
  /** Whether writes at this uptime are most likely the hourly ones. */
  isLikely(uptime: number): boolean;
}

/** Begins with nothing learned. */
export function createHourlyWrites(): HourlyWrites {
  let moments: number[] = [];
  const distance = (a: number, b: number): number => {
    const apart = Math.abs((a % HOUR) - (b % HOUR));
    return Math.min(apart, HOUR - apart);
  };
  return {
    learn(uptime) {
      moments = [...moments, uptime].slice(-KEPT);
    },
    isLikely(uptime) {
      // Several within one hour are one sign.
      const near = moments.filter((moment) => distance(moment, uptime) <= SLACK);
      return new Set(near.map((moment) => Math.round((moment - uptime) / HOUR))).size >= TIMES;
    },
  };
}
