import type { UserFacts } from '../../device/users.ts';
import type { KeyFacts } from '../../key-facts.ts';
import type { KeyId, UserName } from '../../names.ts';
import type { Base, Link, Mark } from '../journal/journal.ts';
import type { Policy } from '../policy.ts';
import type { RoleView } from '../roles/read-roles.ts';

/** Everything that a plan of one namespace is made from. Nothing else is looked at. */
export interface PlanInput {
  policy: Policy;
  roles: RoleView;
  /** One for each pair of reachable devices that is to be kept in line; a link whose devices are not both reachable is left out. */
  observations: readonly LinkObservation[];
}

/** What was seen of a namespace on the two devices of a link. */
export interface LinkObservation {
  link: Link;
  left: SideView;
  right: SideView;
  /** Keys that need a decision, in the order of ids; those that are the same on both sides as in the journal are only counted. */
  triples: readonly Triple[];
  /** Operators that need a decision, in the order of names. Never role records, leases or our own users; empty in the root. */
  users: readonly UserTriple[];
  /** Keys that are the same on both sides. */
  same: number;
  /** Keys that are equal now and not so in the journal: to be put there. */
  newBases: readonly Base[];
}

/** A namespace on one device, as a whole. */
export interface SideView {
  device: string;
  /** Domain fingerprint; sealed entries travel only where both are equal. */
  domain: string;
  /** Device ids of the nodes, in their order. */
  deviceIds: readonly string[];
  /** The mark that is on the device now. */
  mark: Mark | undefined;
  /**
   * That mark beside the journal's: `continuous`, what we wrote last is there; `restored`, the device went back in time;
   * `remade`, the namespace was deleted and made anew under the same mark; `other`, another controller was here, or our
   * journal is an old copy; `first`, neither has one. Wherever it is not
   * `continuous`, the link's bases must be forgotten before a new mark is raised: they would be believed again.
   */
  judgement: 'continuous' | 'restored' | 'remade' | 'other' | 'first';
  /** Whether the namespace exists there. */
  hasNamespace: boolean;
  /** Whether the ids listed before and after the reading were the same. */
  listingComplete: boolean;
  /** How many keys of the filter are there; stand-ins are none. */
  keys: number;
  /**
   * Writes on all nodes since the journal's counters; undefined where that can't be known (no Metrics user, a reboot, a
   * first run). While a deletion is held (`Held.countersOf`), the journal's counters must stay as they are, or the
   * next run finds nothing that explains it.
   */
  writeRise: number | undefined;
  /** Whether we removed the keepers there before. */
  lockedBefore: boolean;
  /** Ids that a broken run reserved; they are not among the keys. */
  standIns: readonly KeyId[];
  /** Ids that are listed and can't be read (sealed under another Domain Key): they are in no triple as a side. */
  unreadable: readonly KeyId[];
}

/** One id on both sides, and as it was when both had it the same. A side that is undefined has no such key. */
export interface Triple {
  id: KeyId;
  left?: SideState;
  right?: SideState;
  base?: Base;
}

export interface SideState {
  facts: KeyFacts;
  /** Digest of the sealed value: `sealedDigest`. */
  sealed: Buffer;
}

/** One user on both sides: an Operator on at least one of them. */
export interface UserTriple {
  name: UserName;
  left?: UserSide;
  right?: UserSide;
  base?: UserBase;
}

export interface UserSide {
  role: UserFacts['role'];
  tags: readonly string[];
  /** Digest of the sealed value; a passphrase shows nowhere else. */
  sealed: Buffer;
}

/** A user as it was when both sides had the same: digests of the sealed values, and the marks from which they count. */
export type UserBase = Pick<Base, 'left' | 'right' | 'leftGeneration' | 'rightGeneration'>;
