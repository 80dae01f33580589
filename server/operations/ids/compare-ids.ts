import { setImmediate as nextTurn } from 'node:timers/promises';
import { type PackedIds, pickIds } from './packed-ids.ts';
import { SLICE } from './slice.ts';

/** Two listings side by side. */
export interface ComparedIds {
  /** On the first only, and on the second only: of those that count. */
  missing: PackedIds;
  extra: PackedIds;
  /** How many are on both. */
  same: number;
}

/** Compares two listings: a million ids take four bytes each besides the listings, and others get their turn meanwhile. */
export async function compareListings(
  ours: PackedIds,
  theirs: PackedIds,
  counts: (id: string) => boolean,
): Promise<ComparedIds> {
  const missing = growing(ours);
  const extra = growing(theirs);
  let [i, j, same] = [0, 0, 0];
  const idAt = (ids: PackedIds, place: number): string | undefined => (place < ids.length ? ids.at(place) : undefined);
  let [a, b] = [idAt(ours, 0), idAt(theirs, 0)];
  for (let step = 1; a !== undefined || b !== undefined; step++) {
    if (step % SLICE === 0) await nextTurn();
    const isOurs = a !== undefined && (b === undefined || a <= b);
    const isTheirs = b !== undefined && (a === undefined || b <= a);
    if (isOurs && isTheirs) same += 1;
    else if (isOurs && counts(a as string)) missing.add(i);
    else if (isTheirs && counts(b as string)) extra.add(j);
    if (isOurs) a = idAt(ours, ++i);
    if (isTheirs) b = idAt(theirs, ++j);
  }
  return { missing: missing.ids(), extra: extra.ids(), same };
}

/** Places in a listing, gathered in order. */
function growing(listing: PackedIds) {
  const places = new Uint32Array(listing.length);
  let count = 0;
  return {
    add: (place: number): void => {
      places[count++] = place;
    },
    ids: () => pickIds(listing, places.slice(0, count)),
  };
}
