import type { Namespace } from '../../names.ts';

/** A listing that began before a counter was read may have seen what the counter did not; that is believed so long, in ms. */
const AHEAD_MS = 5_000;

/**
 * The books of one device: writes of others by its counters, and what listings explain of them, a key that came or went
 * for each. Whatever is left over was something that no listing shows: a tag, a certificate, a label, a user.
 */
export interface WriteLedger {
  /** Writes of others were counted at a moment; they came after `since`, the reading before. */
  wrote(writes: number, at: number, since: number): void;
  /** A listing of a namespace, begun at a moment, showed that so many keys came and went. */
  listed(namespace: Namespace, begunAt: number, cameAndWent: number): void;
  /** From now on, listings of this namespace are waited for, or no longer. */
  follow(namespace: Namespace, followed: boolean): void;
  /**
   * Closes the books: how many writes are unexplained; undefined while a listing is still to come that may explain them.
   * What was told once is not told again.
   */
  close(): number | undefined;
  /** Until when listings explained all writes, in milliseconds since 1970; undefined when nothing was counted yet. */
  explainedAt(): number | undefined;
}

/** Opens the books of a device. */
export function openLedger(): WriteLedger {
  const listedAt = new Map<Namespace, number>();
  let balance = 0;
  let wroteAt = Number.NEGATIVE_INFINITY;
  let countedSince: number | undefined;
  let explainedAt: number | undefined;
  let aheadSince: number | undefined;
  return {
    wrote(writes, at, since) {
      if (aheadSince !== undefined && at - aheadSince > AHEAD_MS) balance = 0;
      balance += writes;
      if (balance >= 0) aheadSince = undefined;
      wroteAt = at;
      countedSince = since;
    },
    listed(namespace, begunAt, cameAndWent) {
      if (!listedAt.has(namespace)) return;
      listedAt.set(namespace, begunAt);
      balance -= cameAndWent;
      if (balance < 0) aheadSince ??= begunAt;
    },
    follow(namespace, followed) {
      if (!followed) {
        listedAt.delete(namespace);
        // What a listing was ahead must not hide what is written while everything is compared.
        balance = Math.max(0, balance);
        aheadSince = undefined;
      } else if (!listedAt.has(namespace)) listedAt.set(namespace, Number.NEGATIVE_INFINITY);
    },
    close() {
      for (const begunAt of listedAt.values()) if (begunAt < wroteAt) return undefined;
      if (balance === 0) explainedAt = countedSince;
      if (balance <= 0) return 0;
      const unexplained = balance;
      balance = 0;
      return unexplained;
    },
    explainedAt: () => explainedAt,
  };
}
