import { setImmediate as nextTurn } from 'node:timers/promises';
import { fits } from '../../../schemas/patterns.ts';
import { type PackedIds, pickIds } from './packed-ids.ts';
import { SLICE } from './slice.ts';

/** What a filter of the editor means: a pattern over the whole id if it holds `*` or `?`, else text anywhere in it. */
export function matcherOf(filter: string): (id: string) => boolean {
  if (/[*?]/.test(filter)) return (id) => fits(filter, id);
  const wanted = filter.toLowerCase();
  return (id) => id.toLowerCase().includes(wanted);
}

/** The ids that a filter lets through, in order. Others get their turn meanwhile; throws the signal's reason. */
export async function filterIds(ids: PackedIds, filter: string, signal?: AbortSignal): Promise<PackedIds> {
  const matches = matcherOf(filter);
  const places = new Uint32Array(ids.length);
  let count = 0;
  for (let i = 0; i < ids.length; i++) {
    if (i % SLICE === SLICE - 1) {
      await nextTurn();
      signal?.throwIfAborted();
    }
    if (matches(ids.at(i))) places[count++] = i;
  }
  return pickIds(ids, places.slice(0, count));
}
