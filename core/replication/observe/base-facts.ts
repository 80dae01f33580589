import { factsDigest, materialDigest } from '../digests.ts';
import type { Base } from '../journal/journal.ts';
import { isKept } from '../kept.ts';
import type { SideState } from '../plan/input.ts';

/** What stands for facts that were not read when both sides were seen to hold the same bytes. */
export const NOT_READ = Buffer.alloc(0);

/** A base of two sides that were seen the same; the generations are filled in when the marks are raised. */
export const baseOf = (base: Pick<Base, 'id' | 'left' | 'right'> & Partial<Base>): Base => ({
  facts: NOT_READ,
  material: undefined,
  leftOperations: 0,
  rightOperations: 0,
  leftGeneration: 0,
  rightGeneration: 0,
  ...base,
});

/**
 * Sides of a key without a public part that are only guessed to hold what they held in a base: their bytes are others, by use
 * as far as anybody can tell, or were so before.
 */
export function guessedSince(
  base: Base,
  now: Partial<Record<'left' | 'right', Pick<SideState, 'sealed'>>>,
): Pick<Base, 'guessed'> {
  const sides = (['left', 'right'] as const).filter(
    (side) => base.guessed?.includes(side) || now[side]?.sealed.equals(base[side]) !== true,
  );
  return sides.length === 0 ? {} : { guessed: sides };
}

/** A base of two sides that were read and are copies of one key; without a public part, by what `before` says. */
export const baseOfStates = (id: Base['id'], left: SideState, right: SideState, before?: Base): Base =>
  baseOf({
    id,
    facts: factsDigest(left.facts),
    material: materialDigest(left.facts),
    left: left.sealed,
    right: right.sealed,
    leftOperations: left.facts.operations,
    rightOperations: right.facts.operations,
    ...(before !== undefined && left.facts.public === undefined && guessedSince(before, { left, right })),
  });

/**
 * A base with its facts. Of keys that were seen the same by their bytes, nobody read them; a side that was not written since
 * still shows them. When both were, nothing is known of them: no ancestor while both sides are there, else one that equals nothing.
 */
export function withFacts(base: Base, left: SideState | undefined, right: SideState | undefined): Base | undefined {
  if (isKept(base)) return left !== undefined && right !== undefined ? undefined : base;
  if (base.facts.length > 0) return base;
  const unchanged = [left?.sealed.equals(base.left) && left, right?.sealed.equals(base.right) && right].find(Boolean);
  if (unchanged) {
    const { facts } = unchanged;
    const operations = { leftOperations: facts.operations, rightOperations: facts.operations };
    return { ...base, facts: factsDigest(facts), material: materialDigest(facts), ...operations };
  }
  return left !== undefined && right !== undefined ? undefined : base;
}
