import type { RunRecord } from '../../../core/replication/journal/journal.ts';
import type { DriftCounts } from '../protocol.ts';

/**
 * Age of the oldest change that a replica lacks, in milliseconds: something was missing since the last time that both were
 * the same, not longer. Undefined when nobody compared them, or they were never the same.
 */
export function lagOf(
  now: number,
  last: RunRecord | undefined,
  drift: Pick<DriftCounts, 'missing' | 'differs' | 'conflict'> | undefined,
): number | undefined {
  if (drift === undefined || drift.missing + drift.differs + drift.conflict === 0) return drift && 0;
  return last?.inSyncAt === undefined ? undefined : now - last.inSyncAt;
}
