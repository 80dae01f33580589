import type { KeyFacts } from '../key-facts.ts';
import type { KeyId } from '../names.ts';

/** One key of an inventory. */
export interface InventoryItem {
  id: KeyId;
  facts: KeyFacts;
}

/** What may differ between a key and its copy. The operations counter is no difference: using a key raises it. */
export type FactField = 'type' | 'mechanisms' | 'public' | 'tags' | 'label' | 'certificate';

/** One key whose copy is not as it should be, seen from the primary: {@link Drift} of a replica. */
export type Difference = { id: KeyId } & (
  | { kind: 'missing' }
  | { kind: 'extra' }
  | { kind: 'differs'; fields: FactField[] }
);

/** The difference of a replica from its primary, with ids in order. */
export interface Drift {
  missing: KeyId[];
  extra: KeyId[];
  differs: { id: KeyId; fields: FactField[] }[];
  /** Keys that one of the devices lists and can not open: how they differ can't be told. In no other list. */
  unreadable: KeyId[];
  /** How many keys are the same on both. */
  same: number;
}

/** Order of ids in listings and backups: by bytes, and ids are ASCII. */
export const compareIds = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
