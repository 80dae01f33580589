import type { KeyId, Namespace } from '../../names.ts';

/**
 * What we remember between runs. All of it may be lost: then a full comparison is made and nothing is deleted.
 * Every call is one transaction that is on the disk when it returns.
 */
export interface Journal {
  readonly file: string;
  /** A number that is another one once others than we wrote into the file. */
  version(): number;

  // What was in sync, by link and id: the common ancestor of a three-way comparison.
  base(link: Link, id: KeyId): Base | undefined;
  /** In the order of ids; batches of some hundreds, so that millions fit. */
  bases(link: Link): Iterable<readonly Base[]>;
  countBases(link: Link): number;
  putBases(link: Link, bases: readonly Base[]): void;
  dropBases(link: Link, ids: readonly KeyId[]): void;
  forgetBases(link: Link): void;
  /** All links of a device that there ever were, also with devices that the manifest does not name now. */
  links(namespace: Namespace, device: string): readonly Link[];

  // What we last saw and wrote of a namespace on a device.
  seen(namespace: Namespace, device: string): Seen | undefined;
  putSeen(namespace: Namespace, device: string, seen: Seen): void;
  /** The highest epoch ever seen for a namespace, with its nonce. */
  epoch(namespace: Namespace): { epoch: number; nonce: string } | undefined;
  putEpoch(namespace: Namespace, epoch: { epoch: number; nonce: string }): void;

  // Work that was begun: a step is opened before its first request and closed after its read-back.
  openStep(step: { namespace: Namespace; kind: string; device: string; detail: unknown; at: number }): number;
  closeStep(step: number): void;
  openSteps(namespace?: Namespace): readonly OpenStep[];

  /** Keeps a sealed value before it is deleted or replaced on a device. */
  archiveValue(value: ArchivedValue): void;
  archivedValues(namespace: Namespace): readonly Omit<ArchivedValue, 'value'>[];
  archivedValue(namespace: Namespace, device: string, id: KeyId, at: number): ArchivedValue | undefined;

  // Runs of a link, for status and schedules.
  lastRun(link: Link): RunRecord | undefined;
  putRun(link: Link, run: RunRecord): void;
  /** The last run of a schedule by its name (`backup payments`), in milliseconds since 1970. */
  lastDone(schedule: string): number | undefined;
  putDone(schedule: string, at: number): void;
  /** Since when a device is out of reach; undefined while it answers. */
  unreachableSince(device: string): { at: number; lastTried: number; reason: string } | undefined;
  noteReachable(device: string): void;
  noteUnreachable(device: string, at: number, reason: string): void;
  paused(namespace: Namespace): { at: number; by: string } | undefined;
  pause(namespace: Namespace, by: string, at: number): void;
  resume(namespace: Namespace): void;

  addActivity(activity: Activity): void;
  /** The newest first. */
  activity(most: number, namespace?: Namespace): readonly Activity[];

  close(): void;
}

/** A pair of devices that share a namespace: `left` is the name that sorts first, whatever their roles. */
export interface Link {
  namespace: Namespace;
  left: string;
  right: string;
}

/** The link between two devices. */
export const linkOf = (namespace: Namespace, a: string, b: string): Link =>
  a < b ? { namespace, left: a, right: b } : { namespace, left: b, right: a };

/** One key as it was when both devices of a link had it the same. */
export interface Base {
  id: KeyId;
  /** Digest of the facts that a copy shares: {@link factsDigest}. */
  facts: Buffer;
  /** Digest of the key itself (type and public part), or undefined for a key without a public part. */
  material: Buffer | undefined;
  /** Digests of the sealed values on both sides at that time: equal still means that nothing was written. */
  left: Buffer;
  right: Buffer;
  /** Operations counters then: a key that was deleted and made again starts at 0. */
  leftOperations: number;
  rightOperations: number;
  /**
   * Sides whose key shows no public part and had other bytes than before, which its uses explain: perhaps it is another key.
   * Absent where there is none. Only equal bytes on both sides end it.
   */
  guessed?: readonly ('left' | 'right')[];
  /**
   * Generations that the marks of both devices were raised to after this was seen. A deletion is believed only where
   * the device's mark is the one that we wrote and is not below this.
   */
  leftGeneration: number;
  rightGeneration: number;
}

/** A mark on a device that we raise: a number, and a nonce that tells our own from another controller's. */
export interface Mark {
  generation: number;
  nonce: string;
}

/** What we last saw of a namespace on a device, and the mark that we wrote there. */
export interface Seen {
  at: number;
  domain: string;
  deviceIds: readonly string[];
  mark: Mark | undefined;
  /** A mark that we were about to write when we last lived: either may be there now. */
  pendingMark: Mark | undefined;
  /** Write counters and uptimes of the nodes, in their order; undefined without a Metrics user. */
  counters: readonly { kvWrite: number; uptime: number }[] | undefined;
  keys: number;
  /** Which life of the namespace it was, see `lifeOf`; absent where nobody looked, and for root. */
  life?: string;
}

export interface OpenStep {
  step: number;
  namespace: Namespace;
  kind: string;
  device: string;
  detail: unknown;
  at: number;
}

/** A sealed value that was taken out of use: it opens only on a device of its domain. */
export interface ArchivedValue {
  namespace: Namespace;
  device: string;
  id: KeyId;
  at: number;
  domain: string;
  reason: string;
  value: Buffer;
}

/** What a follower lacked, had alone or held differently. */
export interface DriftFigures {
  missing: number;
  extra: number;
  differs: number;
  conflicts: number;
}

export interface RunRecord {
  startedAt: number;
  endedAt: number;
  /** Who ran it: the controller, `run@host`. */
  by?: string;
  ok: boolean;
  asked: number;
  done: number;
  verified: number;
  conflicts: number;
  held: number;
  /** Why it ended early or failed; holds no secret. */
  problem?: string;
  /** When both sides were last known to be the same, by the moment at which the listing of the primary began. */
  inSyncAt?: number;
  /** What was left to be done after the run. */
  left?: DriftFigures;
}

/** What happened, for people and logs; holds no secret. */
export interface Activity {
  at: number;
  by: string;
  namespace?: Namespace;
  device?: string;
  /** One word: `sync`, `lock`, `promote`, `alarm`, … */
  kind: string;
  level: 'info' | 'warning' | 'alarm' | 'error';
  text: string;
  asked?: number;
  done?: number;
  verified?: number;
}
