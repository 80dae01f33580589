/** Something happened on a device: a wake-up, not the truth. What it was is found by looking. */
export interface Change {
  /**
   * `writes`: others wrote so often. `look`: nobody counts (no Metrics user), only a listing tells. `back`: the device was
   * out of reach or started again, so anything may have happened.
   */
  kind: 'writes' | 'look' | 'back';
  device: string;
  /** When it was noticed, in milliseconds since 1970. */
  at: number;
  /** When it had not happened yet, for certain: what a lag is measured from. */
  since: number;
  /** Writes of others since the change before, over all namespaces and the configuration; 0 unless they are counted. */
  writes: number;
  /** Seconds since the node that was written to started, where that is known and just one was. */
  uptime: number | undefined;
}

/** Where changes are heard of. Ours asks the devices; others may listen. */
export interface ChangeSource {
  /** Resolves with what happened since the last call, at least one change; rejects when the signal fires. */
  next(signal: AbortSignal): Promise<readonly Change[]>;
  /**
   * When a device was last seen without a change after the last one that was told, in milliseconds since 1970; undefined
   * where nobody counts.
   */
  quietAt(device: string): number | undefined;
}
