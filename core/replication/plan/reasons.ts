import type { FactField } from '../../inventory/item.ts';
import { materialDigest } from '../digests.ts';
import type { Change } from './change.ts';
import type { SideState } from './input.ts';
import { type LinkRules, otherSide, type Side } from './link-rules.ts';

/** Why something is not done, in words for whoever is on duty. No value of a key, tag or label is in them. */

type Names = Pick<LinkRules, 'names'>;

const list = (fields: readonly FactField[]): string => (fields.length === 0 ? 'its value' : fields.join(', '));

/** A key by what its public part shows: the same eight characters are the same key. */
function keyTitle({ facts }: SideState): string {
  const material = materialDigest(facts)?.toString('hex').slice(0, 8);
  return material === undefined ? `a ${facts.type} key` : `${facts.type} key ${material}`;
}

export const otherKey = ({ names }: Names, states: Record<Side, SideState>, fields: readonly FactField[]): string =>
  `${names.left} holds ${keyTitle(states.left)}, ${names.right} ${keyTitle(states.right)}: other ${list(fields)}`;

export const changedOnBoth = ({ names }: Names, fields: readonly FactField[]): string =>
  `changed on ${names.left} and on ${names.right} since both had it the same: ${list(fields)}`;

export const changedOnReplica = ({ names }: Names, primary: Side, fields: readonly FactField[]): string =>
  `changed on the replica ${names[otherSide(primary)]}, not on ${names[primary]}: ${list(fields)}`;

export const unclear = ({ names }: Names, changes: Record<Side, Change>): string => {
  const where = (['left', 'right'] as const).filter((side) => changes[side] !== 'same').map((side) => names[side]);
  return `written on ${where.join(' and ')}, and a key without a public part does not show whether it is still the same`;
};

export const unclearWithoutBase = ({ names }: Names): string =>
  `other bytes on ${names.left} and ${names.right}, no public part to compare, and no common state known: used, or another key`;

export const differWithoutBase = ({ names }: Names, fields: readonly FactField[]): string =>
  `${list(fields)} differ on ${names.left} and ${names.right}, and no common state is known that tells which is newer`;

export const deletedAndChanged = ({ names }: Names, gone: Side, change: Change): string => {
  const what = {
    same: 'used or made anew (it shows no public part)',
    metadata: 'changed',
    remade: 'made anew as another key',
    unclear: 'written',
  }[change];
  return `deleted on ${names[gone]}, ${what} on ${names[otherSide(gone)]} since both had it the same`;
};

export const goneUntrusted = ({ names }: Names, gone: Side, why: string): string =>
  `gone on ${names[gone]}, not deleted on ${names[otherSide(gone)]}: ${why}`;

export const primaryRestored = ({ names }: Names, primary: Side, fields: readonly FactField[]): string =>
  `${names[primary]} was restored from an older state, so its ${list(fields)} may be older than on ${names[otherSide(primary)]}`;
