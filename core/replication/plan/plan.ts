/** What replication would do, as data. */
import type { FactField } from '../../inventory/item.ts';
import type { KeyId, Namespace, UserName } from '../../names.ts';

/** One thing to do on one device. Every kind can be done again. */
export type Step =
  /** The first record of the namespace, epoch 1, claimed on its (first) primary; `record` steps bring it to the others. */
  | { kind: 'establish'; namespace: Namespace; device: string; primaries: readonly string[] }
  /** Brings the role record of the primary onto a device that lacks it. */
  | { kind: 'record'; namespace: Namespace; device: string; epoch: number }
  /** Removes keepers (N-Administrators other than ours) from a replica, after they were archived at two places. */
  | { kind: 'lock'; namespace: Namespace; device: string; users: readonly UserName[] }
  /** Keys that are new on `from`. */
  | { kind: 'create'; namespace: Namespace; from: string; device: string; ids: readonly KeyId[] }
  /** Tags, label or certificate follow, field by field. */
  | {
      kind: 'update';
      namespace: Namespace;
      from: string;
      device: string;
      ids: readonly KeyId[];
      fields: Readonly<Record<KeyId, readonly FactField[]>>;
    }
  /** Keys that were seen on `from` and are gone there; archived first. */
  | {
      kind: 'delete';
      namespace: Namespace;
      from: string;
      device: string;
      ids: readonly KeyId[];
      /** Of those, the ones that live on under another id: deleted only when that one is seen on the device. */
      moved?: Readonly<Record<KeyId, KeyId>>;
      /** A person decided: what both sides last had in common does not matter. */
      decided?: true;
    }
  /** Keys that were deleted on `from` and made again as other keys: archived, deleted and copied. */
  | { kind: 'replace'; namespace: Namespace; from: string; device: string; ids: readonly KeyId[] }
  /** Operators follow the primary: new, changed (passphrase, tags) and gone ones. */
  | {
      kind: 'users';
      namespace: Namespace;
      from: string;
      device: string;
      create: readonly UserName[];
      replace: readonly UserName[];
      delete: readonly UserName[];
    }
  /** Stand-ins that a broken run left: removed, then reserved anew if still wanted. */
  | { kind: 'clear-stand-ins'; namespace: Namespace; device: string; ids: readonly KeyId[] };

/** A key, or `user NAME`, that two devices hold differently and nobody but a person may decide on. Both are kept. */
export interface Conflict {
  namespace: Namespace;
  id: string;
  devices: readonly [string, string];
  kind: 'other-key' | 'changed-on-both' | 'changed-on-replica' | 'deleted-and-changed' | 'unclear';
  /** For people: what each side holds. */
  reason: string;
}

/** Something that is not done though the manifest would have it, and why: a deletion without its evidence, say. */
export interface Held {
  namespace: Namespace;
  device: string;
  ids: readonly string[];
  reason: string;
  /** The device whose write counters explain it, or don't: the journal's must stay as they are for the next run. */
  countersOf?: string;
}

/** What a person must be told at once: a keeper back on a replica, a device restored from an older state, split brain. */
export interface Alarm {
  namespace: Namespace;
  device: string;
  kind:
    | 'keeper-back'
    | 'restored'
    | 'split-brain'
    | 'older-epoch'
    | 'not-locked'
    | 'write-blocked'
    | 'wrong-domain'
    | 'owned-elsewhere'
    | 'other-primary';
  text: string;
  remedy: string;
}

/** What a plan was made from; apply looks again before each batch and stops when it no longer holds. */
export interface Premises {
  epoch: number;
  nonce: string;
  devices: Readonly<
    Record<string, { domain: string; deviceIds: readonly string[]; generation: number; markNonce: string }>
  >;
}

export interface NamespacePlan {
  namespace: Namespace;
  premises: Premises;
  steps: readonly Step[];
  conflicts: readonly Conflict[];
  held: readonly Held[];
  alarms: readonly Alarm[];
  /** How many keys are the same on both sides, summed over all links. */
  same: number;
  /** By device: keys there that its primary does not have, or that another site deleted, and that nobody asks to delete. */
  extra: Readonly<Record<string, readonly KeyId[]>>;
}
