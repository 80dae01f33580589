import type { Context } from '../context.ts';
import type { Base, Link } from '../journal/journal.ts';
import { isKept, keptBase } from '../kept.ts';
import { isSameLink } from './doubted.ts';

/**
 * Notes before a key or user is deleted on a device, as it went on the other one of a link, that this is no deletion of the
 * device's own: on its links with others nothing follows from it. Theirs with where it went tell them, and whether it was
 * taken back there meanwhile.
 */
export function noteTakenOut({ journal }: Pick<Context, 'journal'>, link: Link, device: string, id: Base['id']): void {
  for (const other of journal.links(link.namespace, device)) {
    const base = isSameLink(other, link) ? undefined : journal.base(other, id);
    if (base === undefined || isKept(base)) continue;
    journal.putBases(other, [keptBase(base, other.left === device ? 'left' : 'right')]);
  }
}
