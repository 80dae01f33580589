import type { Context } from '../context.ts';
import type { Base, Link } from '../journal/journal.ts';
import { followedBase, isKept, keptBase } from '../kept.ts';
import { otherSide } from '../plan/link-rules.ts';
import { isSameLink } from './doubted.ts';

/**
 * Notes before a key or user is deleted on a device, as it went on the other one of a link, that this is no deletion of the
 * device's own: on its links with others nothing follows from it. Theirs with where it went tell them, and whether it was
 * taken back there meanwhile. On the link itself it shows that by being there, should the run end before it tells the journal.
 */
export function noteTakenOut({ journal }: Pick<Context, 'journal'>, link: Link, device: string, id: Base['id']): void {
  for (const each of journal.links(link.namespace, device)) {
    const base = journal.base(each, id);
    if (base === undefined || isKept(base)) continue;
    const side = each.left === device ? 'left' : 'right';
    const noted = isSameLink(each, link) ? followedBase(base, otherSide(side)) : keptBase(base, side);
    journal.putBases(each, [noted]);
  }
}
