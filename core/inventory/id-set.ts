import type { IdList } from './id-list.ts';

/** A set of ids that grows by a few. */
export interface IdSet extends Iterable<string> {
  readonly size: number;
  has(id: string): boolean;
  add(id: string): void;
}

/** A set of the ids of a list, however many, and of those that are added to it. */
export function idSet(list: IdList): IdSet {
  const more = new Set<string>();
  const has = (id: string): boolean => list.has(id) || more.has(id);
  return {
    get size() {
      return list.length + more.size;
    },
    has,
    add(id) {
      if (!has(id)) more.add(id);
    },
    *[Symbol.iterator]() {
      yield* list;
      yield* more;
    },
  };
}
