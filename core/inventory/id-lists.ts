/** Lists of ids in order, walked side by side: no set of a million ids is ever made. */
import { compareIds } from './item.ts';

/** Ids in order: an array, or an `IdList` of very many. */
export type Ids<T extends string> = Iterable<T>;

/** Walks two ordered lists; tells each id that is on the left, on the right or on both. */
function walk<T extends string>(left: Ids<T>, right: Ids<T>, visit: (id: T, where: number) => void): void {
  const [lefts, rights] = [left[Symbol.iterator](), right[Symbol.iterator]()];
  let [a, b] = [lefts.next().value, rights.next().value] as [T | undefined, T | undefined];
  while (a !== undefined || b !== undefined) {
    const order = a === undefined ? 1 : b === undefined ? -1 : compareIds(a, b);
    visit((order <= 0 ? a : b) as T, order);
    if (order <= 0) a = lefts.next().value;
    if (order >= 0) b = rights.next().value;
  }
}

function collect<T extends string>(left: Ids<T>, right: Ids<T>, wanted: (where: number) => boolean): T[] {
  const ids: T[] = [];
  walk(left, right, (id, where) => {
    if (wanted(where)) ids.push(id);
  });
  return ids;
}

/** What is on both lists. */
export const intersect = <T extends string>(left: Ids<T>, right: Ids<T>): T[] =>
  collect(left, right, (where) => where === 0);

/** What is on one of the lists only. */
export const symmetricDifference = <T extends string>(left: Ids<T>, right: Ids<T>): T[] =>
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
export function checkOff<T extends string>(list: Ids<T>): CheckOff<T> {
  const missing: T[] = [];
  const extra: T[] = [];
  const rest = list[Symbol.iterator]();
  let next: T | undefined = rest.next().value;
  let seen = 0;
  const skip = (id: T | undefined): void => {
    for (; next !== undefined && (id === undefined || compareIds(next, id) < 0); next = rest.next().value) {
      missing.push(next);
    }
  };
  return {
    see(id) {
      seen += 1;
      skip(id);
      if (next === id) next = rest.next().value;
      else extra.push(id);
    },
    seen: () => seen,
    missing() {
      skip(undefined);
      return missing;
    },
    extra: () => extra,
  };
}
