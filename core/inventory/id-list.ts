import { createPackedTexts } from '../packed-texts.ts';
import { compareIds } from './item.ts';

/** Ids in order, each once, packed so that a million stay small. */
export interface IdList<T extends string = string> extends Iterable<T> {
  readonly length: number;
  at(index: number): T;
  /** Place of the first id that is not below a text: `length` when all are. Quick when asked in order. */
  lowest(text: string): number;
  /** Place of an id, -1 when it is not there. */
  indexOf(text: string): number;
  has(text: string): boolean;
}

/** A list that grows at its end. */
export interface GrowingIdList<T extends string = string> extends IdList<T> {
  /** Adds an id behind the last one; a RangeError when it does not come after that. */
  add(id: T): void;
}

/** Makes an empty list. */
export function createIdList<T extends string = string>(): GrowingIdList<T> {
  const texts = createPackedTexts<T>();
  let last: string | undefined;
  /** Where the last look ended: the next one, as a rule, ends there too or one further. */
  let finger = 0;
  const isLowest = (place: number, text: string): boolean =>
    place <= texts.length &&
    (place === texts.length || texts.at(place) >= text) &&
    (place === 0 || texts.at(place - 1) < text);
  const search = (text: string): number => {
    let [low, high] = [0, texts.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (texts.at(middle) < text) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const lowest = (text: string): number => {
    if (!isLowest(finger, text)) finger = isLowest(finger + 1, text) ? finger + 1 : search(text);
    return finger;
  };
  const indexOf = (text: string): number => {
    const place = lowest(text);
    return place < texts.length && texts.at(place) === text ? place : -1;
  };
  return {
    get length() {
      return texts.length;
    },
    at: texts.at,
    lowest,
    indexOf,
    has: (text) => indexOf(text) >= 0,
    add(id) {
      if (last !== undefined && id <= last) throw new RangeError(`${id} after ${last}`);
      last = id;
      texts.add(id);
    },
    [Symbol.iterator]: () => texts[Symbol.iterator](),
  };
}

/** A list of ids that are in order. */
export function packIds<T extends string>(sorted: Iterable<T>): IdList<T> {
  const list = createIdList<T>();
  for (const id of sorted) list.add(id);
  return list;
}

/**
 * Gathers ids one by one, and gives them in order at the end. Devices list them in order, which takes no more memory than
 * the list itself.
 */
export function gatherIds<T extends string>(): { add(id: T): void; end(): IdList<T> } {
  const list = createIdList<T>();
  const strays: T[] = [];
  let last: string | undefined;
  return {
    add(id) {
      if (last !== undefined && id <= last) {
        strays.push(id);
        return;
      }
      last = id;
      list.add(id);
    },
    end: () => (strays.length === 0 ? list : packIds([...new Set([...list, ...strays])].sort(compareIds))),
  };
}
