import type { Base } from './journal/journal.ts';

/** Stands for a sealed value in a base; no digest is so short. */
const GONE = Buffer.of(0);

/**
 * A base of what was deleted on one side and kept on the other, as the manifest said `deletions: keep` then. That is a
 * wish, and not undone by another manifest: no deletion follows from it, and nothing is copied back.
 */
export const keptBase = <B extends Pick<Base, 'left' | 'right'>>(base: B, gone: 'left' | 'right'): B => ({
  ...base,
  [gone]: GONE,
});

/** Whether a base is such a one. For a key that is on both sides again, it tells nothing. */
export const isKept = ({ left, right }: Pick<Base, 'left' | 'right'>): boolean =>
  left.equals(GONE) || right.equals(GONE);

/** Stands for a sealed value too: the key went on this side, and the deletion was brought to the other. */
const FOLLOWED = Buffer.of(1);

/** A base of what went on one side and is about to be deleted on the other for that. */
export const followedBase = <B extends Pick<Base, 'left' | 'right'>>(base: B, gone: 'left' | 'right'): B => ({
  ...base,
  [gone]: FOLLOWED,
});

/** Whether what is on one side alone was taken back there: that it is not on the other was our doing. */
export const isTakenBack = (base: Pick<Base, 'left' | 'right'>, on: 'left' | 'right'): boolean =>
  base[on].equals(FOLLOWED);
