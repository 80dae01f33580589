import type { SortedIds } from '../../language/facts-store.ts';

/** Ids in order, packed: a list of the engine's, or some of its ids. */
export interface PackedIds extends SortedIds {
  at(index: number): string;
  /** Place of the first id that is not below a text: `length` when all are. */
  lowest(text: string): number;
}

/** Some of the ids of a list, by their places. */
export function pickIds(ids: PackedIds, places: Uint32Array): PackedIds {
  const at = (index: number): string => ids.at(places[index] as number);
  return { length: places.length, at, lowest: (wanted) => lowestOf({ length: places.length, at }, wanted) };
}

function lowestOf(ids: { length: number; at(index: number): string }, wanted: string): number {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ids.at(middle) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where the ids that start with a text begin and end. */
export function rangeOf(ids: PackedIds, prefix: string): { from: number; to: number } {
  if (prefix === '') return { from: 0, to: ids.length };
  // No id holds the character after the last of ASCII.
  return { from: ids.lowest(prefix), to: ids.lowest(`${prefix}\x7f`) };
}

/** Whether an id is among them. */
export function holds(ids: PackedIds, id: string): boolean {
  const { from, to } = rangeOf(ids, id);
  return from < to && ids.at(from) === id;
}
