/**
 * What the store can hold: it keeps the values of the last hour, old ones too, under a quota (FACTS hazard 7).
 * Counted by the minute, so that the book-keeping stays small.
 */
export interface Quota {
  limit: number;
  /** Bytes written by minute since 1970. */
  written: Map<number, number>;
}

/** The device's own limit, in bytes. */
export const DEVICE_QUOTA = 5_700_000_000;

const MINUTE = 60_000;
const KEPT_MINUTES = 60;

export const createQuota = (limit = DEVICE_QUOTA): Quota => ({ limit, written: new Map() });

/** Counts a write; false, and nothing counted, when the store is full. `held` is what the store holds without old values. */
export function claim(quota: Quota, now: number, held: number, bytes: number): boolean {
  const minute = Math.floor(now / MINUTE);
  for (const old of quota.written.keys()) if (old < minute - KEPT_MINUTES) quota.written.delete(old);
  const kept = [...quota.written.values()].reduce((sum, part) => sum + part, 0);
  if (held + kept + bytes > quota.limit) return false;
  quota.written.set(minute, (quota.written.get(minute) ?? 0) + bytes);
  return true;
}
