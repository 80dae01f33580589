import type { Base, Journal, Link } from '../journal/journal.ts';
import type { ObservedLink } from '../observe/observe-link.ts';
import { isUserBase, userBaseId } from '../observe/user-triples.ts';
import type { Policy } from '../policy.ts';

/** Bases that are not believed, of what is not the same on both sides. */
export function doubtedOf({ left, right, triples, users }: ObservedLink): Base['id'][] {
  const continuous = left.judgement === 'continuous' && right.judgement === 'continuous';
  const generations = { left: left.mark?.generation ?? 0, right: right.mark?.generation ?? 0 };
  const isDoubted = (base: Pick<Base, 'leftGeneration' | 'rightGeneration'> | undefined): boolean =>
    base !== undefined &&
    !(continuous && base.leftGeneration <= generations.left && base.rightGeneration <= generations.right);
  return [
    ...triples.filter(({ base }) => isDoubted(base)).map(({ id }) => id),
    ...users.filter(({ base }) => isDoubted(base)).map(({ name }) => userBaseId(name)),
  ];
}

/**
 * Drops the bases that are not believed, of links that are told: those of what differs, and where a device is not as we left
 * it, of all that was not compared, on its links with others too.
 */
export function forgetDoubted(journal: Journal, policy: Policy, told: readonly ObservedLink[]): void {
  for (const observed of told) {
    const { link, left, right, skipped } = observed;
    journal.dropBases(link, doubtedOf(observed));
    const strange = [left, right].filter(({ judgement }) => judgement !== 'continuous').map(({ device }) => device);
    if (strange.length === 0) continue;
    journal.dropBases(link, skipped);
    for (const batch of journal.bases(link)) {
      const ids = batch.filter((base) => isLeftOut(policy, base)).map(({ id }) => id);
      journal.dropBases(link, ids);
    }
    for (const other of strange.flatMap((device) => journal.links(policy.namespace, device))) {
      if (!told.some((one) => isSameLink(one.link, other))) journal.forgetBases(other);
    }
  }
}

const isLeftOut = ({ users, includes }: Policy, base: Base): boolean =>
  isUserBase(base) ? users === 'none' : !includes(base.id);

export const isSameLink = (a: Link, b: Link): boolean => a.left === b.left && a.right === b.right;
