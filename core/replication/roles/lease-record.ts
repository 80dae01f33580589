import type { Namespace, UserName } from '../../names.ts';

/** The user that carries the lease of a namespace on a device: whoever applies changes holds it. */
export const LEASE_USER = 'replication-lease' as UserName;

/** Who works on a namespace of a device, until when. */
export interface Lease {
  /** The controller. */
  holder: string;
  nonce: string;
  /** Seconds since 1970; 0 when nobody can tell. */
  until: number;
}

/** A lease while it is held. */
export interface HeldLease {
  /** Fires when the lease was lost, and with the caller's own signal. */
  signal: AbortSignal;
  /** Whether it is the lease of this namespace, and on this device too. */
  covers(namespace: Namespace, device: string): boolean;
  /**
   * Looks for the lease on every device. Throws a Problem `busy` once it was lost: nothing more may be changed then. A device
   * that was restored lost it too, however new its mark is.
   */
  requireHeld(): Promise<void>;
  /** Whether it is on this device still, after a cancel too. Throws the Problem that stands in the way of a look. */
  isOn(device: string): Promise<boolean>;
}

const REAL_NAME = /^lease ([A-Za-z0-9._@-]{1,64}) nonce ([0-9a-f]{8,64}) until (\d{1,11})$/;
const TAG = /^until\.(\d{1,11})$/;

/** A lease as the real name of its user. Its first end is told there, so that no lease is ever without one. */
export const formatLease = ({ holder, nonce, until }: Lease): string => `lease ${holder} nonce ${nonce} until ${until}`;

/** The tag that renews a lease. */
export const leaseTag = (until: number): string => `until.${until}`;

/** Reads real name and tags of the lease's user; one that is not of our making has run out. */
export function parseLease(realName: string, tags: readonly string[]): Lease {
  const [, holder = 'somebody', nonce = '', first = '0'] = REAL_NAME.exec(realName) ?? [];
  const ends = tags.map((tag) => Number(TAG.exec(tag)?.[1] ?? 0));
  return { holder, nonce, until: Math.max(Number(first), ...ends) };
}
