import type { Clock } from '../clock.ts';
import type { Session } from '../device/session.ts';
import type { WorkOptions } from '../progress.ts';
import type { Activity, Journal } from './journal/journal.ts';
import type { HeldLease } from './roles/lease-record.ts';

/** What replication works with: everything that reaches outside comes in here, so that a simulation can give its own. */
export interface Context extends WorkOptions {
  clock: Clock;
  journal: Journal;
  /** Who we are, in records and leases that others read: `run@host`, `editor@host`. At most 64 of `A-Z a-z 0-9 . _ @ -`. */
  controller: string;
  /** The session of a device of the manifest. Throws a Problem `bad-manifest` for a name that is none. */
  session(device: string): Session;
  /** Folder of the whole backups that are taken before the first change to a device. */
  deviceBackups: string;
  /** Our own folder of sealed archives: the first of the two places where keepers are kept. */
  archives: string;
  /** The passphrase that sealed archives are written and read with. */
  archivePassphrase(): Promise<string>;
  /** Random bytes, for nonces and passphrases that nobody keeps. */
  random(bytes: number): Buffer;
  /** The lease under which this is done, where it is. */
  held?: HeldLease;
  /** Told what happens, as it happens; also kept in the journal. */
  onActivity?: (activity: Activity) => void;
}
