/** Limits of every exchange with a device. Times in milliseconds, sizes in bytes. */
export interface Limits {
  /** Until the connection stands, TLS included. */
  connect: number;
  /** From the last byte of a request to the first of its answer. */
  headers: number;
  /** The same for the question how a device is, which costs it nothing: one that does not answer it in that time is out of reach. */
  health: number;
  /** Between two pieces of an answer. */
  idle: number;
  /** A whole exchange with its repetitions; a backup's body is limited by `idle` only. */
  overall: number;
  /** Connections to one node at a time. */
  connections: number;
  /** The body of an ordinary answer. A certificate may have 1 MB. */
  answerBytes: number;
  /** The body of a listing. */
  listingBytes: number;
  /** Ids in a listing: short ones take much more memory than their bytes. */
  listingIds: number;
  /** From the last byte of an append to its answer; ten times that for a whole restore. Then the connection is half-closed. */
  restoreAnswer: number;
  /** From the half-close to giving up. */
  restoreClose: number;
}

export const DEFAULT_LIMITS: Limits = {
  connect: 10_000,
  headers: 60_000,
  health: 20_000,
  idle: 30_000,
  overall: 300_000,
  connections: 8,
  answerBytes: 2_000_000,
  listingBytes: 1_000_000_000,
  listingIds: 10_000_000,
  restoreAnswer: 120_000,
  restoreClose: 60_000,
};
