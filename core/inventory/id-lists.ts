/** Lists of ids in order, walked side by side: no set of a million ids is ever made. */
import { compareIds } from './item.ts';

/** Walks two ordered lists; tells each id that is on the left, on the right or on both. */
function walk<T extends string>(left: readonly T[], right: readonly T[], visit: (id: T, where: number) => void): void {
  let [i, j] = [0, 0];
  while (i < left.length || j < right.length) {
    const [a, b] = [left[i], right[j]];
    const order = a === undefined ? 1 : b === undefined ? -1 : compareIds(a, b);
    visit((order <= 0 ? a : b) as T, order);
    if (order <= 0) i++;
    if (order >= 0) j++;
  }
}

function collect<T extends string>(left: readonly T[], right: readonly T[], wanted: (where: number) => boolean): T[] {
  const ids: T[] = [];
  walk(left, right, (id, where) => {
    if (wanted(where)) ids.push(id);
  });
  return ids;
}

/** What is on both lists. */
export const intersect = <T extends string>(left: readonly T[], right: readonly T[]): T[] =>
  collect(left, right, (where) => where === 0);

/** What is on one of the lists only. */
export const symmetricDifference = <T extends string>(left: readonly T[], right: readonly T[]): T[] =>
  collect(left, right, (where) => where !== 0);

/** A list that is checked off against ids that come in order. */
export interface CheckOff<T extends string> {
  see(id: T): void;
  /** How many ids were seen. */
  seen(): number;
  /** Ids of the list that were not seen; to be asked at the end. */
  missing(): T[];
  /** Ids that were seen and are not on the list. */
  extra(): T[];
}

/** Begins to check off an ordered list. */
export function checkOff<T extends string>(list: readonly T[]): CheckOff<T> {
  const missing: T[] = [];
  const extra: T[] = [];
  let at = 0;
  let seen = 0;
  return {
    see(id) {
      seen += 1;
      while (at < list.length && compareIds(list[at] as T, id) < 0) missing.push(list[at++] as T);
      if (list[at] === id) at += 1;
      else extra.push(id);
    },
    seen: () => seen,
    missing: () => [...missing, ...list.slice(at)],
    extra: () => extra,
  };
}
