import { differingFields } from '../../inventory/compare.ts';
import type { FactField } from '../../inventory/item.ts';
import { METADATA } from '../../transfer/metadata.ts';
import { factsDigest, materialDigest } from '../digests.ts';
import type { Base } from '../journal/journal.ts';
import type { SideState } from './input.ts';
import type { Side } from './link-rules.ts';

/** What became of a key on one side since both sides had it the same. Being used is no change. */
export type Change =
  | 'same'
  /** Tags, label or certificate are others. */
  | 'metadata'
  /** It was deleted and made again as another key. */
  | 'remade'
  /** It was written to, and a key without a public part does not show what: its secret may be another one. */
  | 'unclear';

/** How a key differs from its base on one side. */
export function changeSince(base: Base, side: Side, { facts, sealed }: SideState): Change {
  if (sealed.equals(base[side])) return 'same';
  // A base of equal bytes that nobody read knows nothing else.
  if (base.facts.length === 0) return 'unclear';
  const material = materialDigest(facts);
  if (material !== undefined || base.material !== undefined) {
    if (material === undefined || base.material === undefined || !material.equals(base.material)) return 'remade';
  } else if (facts.operations <= (side === 'left' ? base.leftOperations : base.rightOperations)) {
    // Uses explain other bytes; without a use, somebody wrote the key.
    return 'unclear';
  }
  return factsDigest(facts).equals(base.facts) ? 'same' : 'metadata';
}

/**
 * Whether a key that counts as the same may yet be another: it shows no public part, and what was written now or earlier may
 * be more than its uses. Too little to take it away, where others can write.
 */
export const mayBeAnother = (base: Base, side: Side, { sealed }: SideState): boolean =>
  base.material === undefined && (base.guessed?.includes(side) === true || !sealed.equals(base[side]));

/** How the keys on both sides differ from each other, whatever they were before. */
export type Relation =
  | { kind: 'equal' }
  | { kind: 'metadata'; fields: readonly FactField[] }
  | { kind: 'other-key'; fields: readonly FactField[] }
  /** Neither shows a public part, and the bytes differ: the facts in which they differ may not be all. */
  | { kind: 'unclear'; fields: readonly FactField[] };

export function relationOf(left: SideState, right: SideState): Relation {
  if (left.sealed.equals(right.sealed)) return { kind: 'equal' };
  const fields = differingFields(left.facts, right.facts);
  if (fields.some((field) => !METADATA.includes(field))) return { kind: 'other-key', fields };
  if (left.facts.public === undefined) return { kind: 'unclear', fields };
  return fields.length === 0 ? { kind: 'equal' } : { kind: 'metadata', fields };
}
