import type { Namespace } from '../names.ts';

/** Something that was not transferred as asked, and why. */
export interface LeftOver {
  /** A key id, or `user NAME`. */
  id: string;
  reason: string;
}

/** What came of a transfer. Asked, done and verified are three figures: "partly done" is never "done". */
export interface TransferReport {
  namespace: Namespace;
  device: string;
  /** How many keys and users were to be on the device afterwards. */
  asked: number;
  /** How many of them the device was sent now. */
  done: number;
  /** How many were read back there as they should be, sent now or the same already. */
  verified: number;
  keys: number;
  users: number;
  /** What was there already and is the same. */
  same: number;
  /** What was there already with other content: left as it is. */
  conflicts: LeftOver[];
  /** What was to be sent and is not there as it should be. */
  failed: LeftOver[];
  /** Whether the namespace was created on the device. */
  created: boolean;
  /** Where the whole backup of the device lies that was made before the first change to it. */
  deviceBackup?: string;
  /** What could not be made sure of, though all may be well. */
  warning?: string;
  /** Why the work ended early, when it did. */
  stopped?: string;
}

/** A report with nothing done yet. */
export const emptyReport = (namespace: Namespace, device: string): TransferReport => ({
  namespace,
  device,
  asked: 0,
  done: 0,
  verified: 0,
  keys: 0,
  users: 0,
  same: 0,
  conflicts: [],
  failed: [],
  created: false,
});

/** Whether all that was asked is there and was seen to be. */
export const isWhole = (report: TransferReport): boolean =>
  report.verified === report.asked && report.failed.length === 0 && report.conflicts.length === 0 && !report.stopped;
