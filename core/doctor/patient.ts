import type { Session } from '../device/session.ts';
import type { Namespace } from '../names.ts';
import type { WorkOptions } from '../progress.ts';
import type { Context } from '../replication/context.ts';
import type { Policy } from '../replication/policy.ts';

/** A device to examine, and what the manifest wants of it. */
export interface Patient {
  session: Session;
  /** Namespaces that the device has a part in; ROOT for the keys outside any. */
  namespaces: readonly Namespace[];
}

/** What all checks take. */
export interface DoctorOptions extends WorkOptions {
  /** The time, in milliseconds since 1970. */
  now?: () => number;
  /** How long a write may hang before it counts as blocked, in milliseconds. */
  writePatience?: number;
  /** What replication works with, to look at roles, marks and leases too; its sessions are of the same devices. */
  replication?: { ctx: Context; policies: readonly Policy[] };
}
