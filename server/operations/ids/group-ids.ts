import type { KeyGroup } from '../protocol.ts';
import { type PackedIds, rangeOf } from './packed-ids.ts';

/** More groups than this side by side help nobody. */
const MOST_GROUPS = 100;

/** What stands under a prefix: groups of ids that start alike, and the ids that are no longer than a group's prefix. */
export interface Grouped {
  groups: KeyGroup[];
  single: string[];
}

/**
 * Cuts the ids that start with a prefix into groups by as many more characters as make a list that a person overlooks.
 * Costs a few looks a group, not a look an id.
 */
export function groupIds(ids: PackedIds, prefix: string): Grouped {
  const { from, to } = rangeOf(ids, prefix);
  if (from === to) return { groups: [], single: [] };
  const shared = sharedLength(ids.at(from), ids.at(to - 1));
  let best = cut(ids, from, to, shared + 1, Number.POSITIVE_INFINITY) as Grouped;
  for (let length = shared + 2; best.groups.some(({ count }) => count > MOST_GROUPS); length++) {
    const finer = cut(ids, from, to, length, MOST_GROUPS);
    if (finer === undefined) break;
    best = finer;
  }
  return best;
}

function sharedLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

/** Groups by the first so many characters; undefined when there are more than allowed. */
function cut(ids: PackedIds, from: number, to: number, length: number, most: number): Grouped | undefined {
  const groups: KeyGroup[] = [];
  const single: string[] = [];
  for (let at = from; at < to; ) {
    const first = ids.at(at);
    if (first.length < length) {
      single.push(first);
      at += 1;
    } else {
      const prefix = first.slice(0, length);
      const end = Math.min(to, ids.lowest(`${prefix}\x7f`));
      groups.push({ prefix, count: end - at, first, last: ids.at(end - 1) });
      at = end;
    }
    if (groups.length + single.length > most) return undefined;
  }
  return { groups, single };
}
