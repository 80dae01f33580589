/** What the trees and documents of the editor show. Times are milliseconds since 1970, and so is every `at`. */
import type { ProblemKind } from '../../../core/problem.ts';
import type { Activity } from '../../../core/replication/journal/journal.ts';
import type { CommandName } from './commands.ts';

/** A {@link Problem} as data. */
export interface ProblemData {
  kind: ProblemKind;
  place: string;
  cause: string;
  remedy: string;
}

/** How fresh an answer should be. */
export interface Fresh {
  /**
   * In milliseconds: older facts are read from the devices again; views wait for that only a moment, answer with what is
   * known, and hear of the rest by `nethsm/changed`. Without it what is known is told, and no device asked.
   */
  maxAge?: number;
  /** Whether a person may be asked to confirm devices and for secrets: true when somebody clicked, false in the background. */
  ask?: boolean;
}

/** The same for all manifests at once. */
export interface FreshOverview extends Fresh {
  /** With `ask`: the only manifest (its URI) that a person is asked for; undefined: any. */
  askFor?: string;
}

/** Why commands can't work now, in words: what is not in it can. */
export type Cannot = Partial<Record<CommandName, string>>;

export interface ManifestView {
  /** Its URI, as the editor writes it. */
  manifest: string;
  /** Its file name. */
  title: string;
  /** How many errors the manifest has: with any, nothing connects. */
  errors: number;
  devices: string[];
  namespaces: NamespaceView[];
  /** Whether an agent on this machine looks after it: what it has on a schedule or streams runs by itself. */
  agent: boolean;
  cannot: Cannot;
}

export interface NamespaceView {
  /** Empty for root. */
  namespace: string;
  title: string;
  kind: 'one-way' | 'two-way';
  /** Who is primary: by the record on the devices; by the manifest while nothing was read or there is no record. */
  primaries: string[];
  /** Of the ruling record; undefined while there is none, or nothing was read. */
  epoch?: number;
  /** What the manifest says when it says otherwise than the record. */
  manifestPrimaries?: string[];
  devices: NamespaceDeviceView[];
  mode: 'manual' | 'scheduled' | 'streaming';
  lastRun?: RunView;
  nextRun?: number;
  paused?: { at: number; by: string };
  /** Another process on this machine or another controller that works on it now. */
  busy?: { by: string; until?: number };
  conflicts: number;
  /** When they were counted, and by whose run; by a plan of this editor when nobody is named. */
  conflictsSeen?: { at: number; by?: string };
  alarms: { device: string; text: string; remedy: string }[];
  /** Whether any replica lacks something; undefined while nobody looked. */
  drifting?: boolean;
  /** When the drift was read. */
  at?: number;
  cannot: Cannot;
}

export interface RunView {
  startedAt: number;
  endedAt: number;
  ok: boolean;
  asked: number;
  done: number;
  verified: number;
  problem?: string;
}

export interface DriftCounts {
  missing: number;
  extra: number;
  differs: number;
  conflict: number;
  same: number;
}

/** A namespace on one of its devices. */
export interface NamespaceDeviceView {
  device: string;
  role: 'primary' | 'replica';
  state: DeviceState;
  awaits?: Awaited;
  /** By the record on this device. */
  epoch?: number;
  /** Of a replica: age of the oldest change that it lacks, as far as known. */
  lag?: number;
  /** The manifest's limit of it, when it is over it. */
  overLag?: boolean;
  /** Of a replica. */
  drift?: DriftCounts;
  lastRun?: RunView;
  /** Why the last reading of it failed. */
  problem?: ProblemData;
  at?: number;
  cannot: Cannot;
}

/** `unknown` while nobody asked; `connecting` while a click is being answered and nothing is known yet. */
export type DeviceState =
  | 'Operational'
  | 'Locked'
  | 'Unprovisioned'
  | 'Failed'
  | 'unreachable'
  | 'untrusted'
  | 'connecting'
  | 'unknown';

/** What a person is asked for now, or next, on account of a device. */
export type Awaited = 'confirmation' | 'passphrase';

export interface DeviceView {
  device: string;
  state: DeviceState;
  awaits?: Awaited;
  release?: string;
  nodes: NodeView[];
  /** Namespaces of the manifest that name this device; empty for root. */
  namespaces: string[];
  problem?: ProblemData;
  /** What doctor found wrong the last time; undefined when it never ran. */
  findings?: number;
  at?: number;
  cannot: Cannot;
}

export interface NodeView {
  url: string;
  /** The public key that it showed. */
  pin?: string;
  confirmed?: 'known' | 'new' | 'changed';
  answers?: boolean;
}

export interface DeviceDetails {
  device: string;
  at: number;
  /** All namespaces on the device, whether the manifest names them or not. */
  namespaces: { namespace: string; title: string; inManifest: boolean }[];
  users: UserView[];
  /** What doctor found, good and bad; undefined when it never ran. */
  findings?: FindingView[];
  /** What could not be read, and why. */
  problems: ProblemData[];
}

export interface UserView {
  /** With its namespace: `payments~replicator`. */
  user: string;
  namespace: string;
  role: string;
  realName: string;
  /** Which credential of the manifest it is. */
  ours?: string;
  tags?: string[];
}

export interface FindingView {
  check: string;
  ok: boolean;
  /** What was seen. */
  text: string;
  remedy?: string;
}

export interface KeysParams extends Fresh {
  manifest: string;
  namespace: string;
  device: string;
  /** Only ids that start with this. */
  prefix?: string;
  /** Narrows: text anywhere in the id, or a pattern with `*` and `?` over all of it. */
  filter?: string;
  /** Ids after this one: `next` of the page before. */
  after?: string;
  /** At most 1,000. */
  limit: number;
  /** Whether many keys come as groups by prefix instead. */
  grouped?: boolean;
  /** Whether to read type, tags, … of each key of the page; costs two requests a key. */
  facts?: boolean;
}

export interface KeyPage {
  /** Keys of the namespace on this device, and those that the question means. */
  total: number;
  matching: number;
  /** In place of keys. */
  groups?: KeyGroup[];
  keys: KeyView[];
  next?: string;
  /** When the ids were listed. */
  at: number;
}

/** Keys whose ids start alike. Ask again with its prefix (and `grouped`) for what is in it. */
export interface KeyGroup {
  prefix: string;
  count: number;
  first: string;
  last: string;
}

export interface KeyView {
  key: string;
  facts?: KeyFactsView;
  /** Why its facts could not be read. */
  problem?: ProblemData;
}

export interface KeyFactsView {
  type: string;
  mechanisms: string[];
  tags: string[];
  label?: string;
  operations: number;
  certificate?: { contentType: string; bytes: number; subject?: string; validTo?: number };
  /** SHA-256 of the public part, to compare by eye. */
  fingerprint?: string;
}

export interface KeyDetails {
  key: string;
  at: number;
  /** The device asked first, then the others of the namespace. */
  devices: { device: string; facts?: KeyFactsView; problem?: ProblemData }[];
}

export interface DriftParams extends Fresh {
  manifest: string;
  namespace: string;
  /** The replica (or the second site); its difference from the primary is meant. */
  device: string;
  kind: 'missing' | 'extra' | 'differs' | 'conflict';
  filter?: string;
  after?: string;
  /** At most 1,000. */
  limit: number;
}

export interface DriftPage {
  counts: DriftCounts;
  /** The device it was compared with. */
  primary: string;
  matching: number;
  items: { key: string; fields?: string[]; reason?: string }[];
  next?: string;
  at: number;
}

/** Which document. */
export type TextParams = Fresh &
  (
    | {
        kind: 'inventory';
        manifest: string;
        namespace: string;
        device: string;
        /** The other side of the diff: of a large namespace only keys that differ are written out. */
        against?: string;
      }
    | { kind: 'key'; manifest: string; namespace: string; device: string; key: string }
    /** What a device holds before, and what it would hold after a synchronisation. */
    | { kind: 'plan'; manifest: string; namespace: string; side: 'before' | 'after' }
    | { kind: 'doctor'; manifest: string }
    | { kind: 'archive'; manifest: string; file: string }
  );

export interface Text {
  text: string;
  at: number;
}

export interface Archive {
  /** Its whole path. */
  file: string;
  title: string;
  /** When the file was written. */
  written: number;
  bytes: number;
  /** By its folder or name; proved once it is verified, as the rest: all of an archive is sealed. */
  namespace?: string;
  device?: string;
  created?: number;
  keys?: number;
  users?: number;
  verifiedAt?: number;
  problem?: ProblemData;
}

export type { Activity };
