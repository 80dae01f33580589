import type { SortedIds } from '../../language/facts-store.ts';

/** Ids in order, in the memory of their characters and four bytes each: a million takes some 20 MB. */
export interface PackedIds extends SortedIds {
  at(index: number): string;
  /** Place of the first id that is not below a text: `length` when all are. */
  lowest(text: string): number;
}

/** Packs ids that are in the order of their characters; all of them ASCII, as every id is. */
export function packIds(sorted: readonly string[]): PackedIds {
  const starts = new Uint32Array(sorted.length + 1);
  let bytes = 0;
  for (let i = 0; i < sorted.length; i++) {
    starts[i] = bytes;
    bytes += (sorted[i] as string).length;
  }
  starts[sorted.length] = bytes;
  const text = Buffer.allocUnsafe(bytes);
  for (let i = 0; i < sorted.length; i++) text.write(sorted[i] as string, starts[i] as number, 'latin1');
  const at = (index: number): string => text.toString('latin1', starts[index], starts[index + 1]);
  return { length: sorted.length, at, lowest: (wanted) => lowestOf({ length: sorted.length, at }, wanted) };
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

export function hasId(ids: PackedIds, id: string): boolean {
  const place = ids.lowest(id);
  return place < ids.length && ids.at(place) === id;
}

/** Where the ids that start with a text begin and end. */
export function rangeOf(ids: PackedIds, prefix: string): { from: number; to: number } {
  if (prefix === '') return { from: 0, to: ids.length };
  // No id holds the character after the last of ASCII.
  return { from: ids.lowest(prefix), to: ids.lowest(`${prefix}\x7f`) };
}
