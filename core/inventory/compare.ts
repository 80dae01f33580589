import type { KeyFacts } from '../key-facts.ts';
import { compareIds, type Difference, type Drift, type FactField, type InventoryItem } from './item.ts';

/** A stream in batches; the order of ids runs through all of them. */
export type Batches<T> = AsyncIterable<readonly T[]>;

/** Two streams met at one id. */
export type Meeting<A, B> = { id: string } & (
  | { left: A; right?: undefined }
  | { left?: undefined; right: B }
  | { left: A; right: B }
);

interface Cursor<T> {
  current: T | undefined;
  next(): void | Promise<void>;
}

type Order = (a: string, b: string) => number;

/** So many meetings are given at once: few are alive at a time. */
const BATCH = 64;

async function openCursor<T extends { id: string }>(
  batches: Batches<T>,
  order: Order,
  close: (() => unknown)[],
): Promise<Cursor<T>> {
  const source = batches[Symbol.asyncIterator]();
  close.push(() => source.return?.());
  let batch: readonly T[] = [];
  let at = 0;
  const refill = async (cursor: Cursor<T>, last: T | undefined): Promise<void> => {
    do {
      const step = await source.next();
      batch = step.done === true ? [] : step.value;
      at = 0;
      if (step.done === true) break;
    } while (batch.length === 0);
    advance(cursor, last);
  };
  const advance = (cursor: Cursor<T>, last: T | undefined): void => {
    const value = batch[at++];
    if (value !== undefined && last !== undefined && order(last.id, value.id) >= 0) {
      throw new RangeError(`ids out of order: ${JSON.stringify(value.id)} after ${JSON.stringify(last.id)}`);
    }
    cursor.current = value;
  };
  const cursor: Cursor<T> = {
    current: undefined,
    next() {
      if (at >= batch.length) return refill(cursor, cursor.current);
      advance(cursor, cursor.current);
    },
  };
  await cursor.next();
  return cursor;
}

/**
 * Walks two streams that are ordered by id, side by side, and tells what stands on the left, on the right or on both.
 * An id may be a path too, with the order of paths. Holds one batch of each, so millions fit. Throws a RangeError when a
 * stream is out of order or repeats an id.
 */
export async function* meet<A extends { id: string }, B extends { id: string }>(
  left: Batches<A>,
  right: Batches<B>,
  compare: Order = compareIds,
): AsyncGenerator<Meeting<A, B>[]> {
  const close: (() => unknown)[] = [];
  try {
    const a = await openCursor(left, compare, close);
    const b = await openCursor(right, compare, close);
    let out: Meeting<A, B>[] = [];
    while (a.current !== undefined || b.current !== undefined) {
      const order = a.current === undefined ? 1 : b.current === undefined ? -1 : compare(a.current.id, b.current.id);
      const meeting = {
        id: order <= 0 ? (a.current as A).id : (b.current as B).id,
        ...(order <= 0 && { left: a.current }),
        ...(order >= 0 && { right: b.current }),
      } as Meeting<A, B>;
      out.push(meeting);
      const moves = [order <= 0 && a.next(), order >= 0 && b.next()];
      for (const move of moves) if (move instanceof Promise) await move;
      if (out.length >= BATCH) {
        yield out;
        out = [];
      }
    }
    if (out.length > 0) yield out;
  } finally {
    for (const stop of close) await stop();
  }
}

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && [...a].sort().join('\n') === [...b].sort().join('\n');

function sameCertificate(a: KeyFacts['certificate'], b: KeyFacts['certificate']): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.data.equals(b.data);
}

/** The fields in which a key and its copy differ; the operations counter does not count. */
export function differingFields(a: KeyFacts, b: KeyFacts): FactField[] {
  const fields: FactField[] = [];
  if (a.type !== b.type) fields.push('type');
  if (!sameSet(a.mechanisms, b.mechanisms)) fields.push('mechanisms');
  if (JSON.stringify(a.public) !== JSON.stringify(b.public)) fields.push('public');
  if (!sameSet(a.tags, b.tags)) fields.push('tags');
  if (a.label !== b.label) fields.push('label');
  if (!sameCertificate(a.certificate, b.certificate)) fields.push('certificate');
  return fields;
}

/** What a meeting of a primary's key with a replica's says; undefined when they are the same. */
export function differenceOf(meeting: Meeting<InventoryItem, InventoryItem>): Difference | undefined {
  if (meeting.right === undefined) return { id: meeting.left.id, kind: 'missing' };
  if (meeting.left === undefined) return { id: meeting.right.id, kind: 'extra' };
  const fields = differingFields(meeting.left.facts, meeting.right.facts);
  return fields.length === 0 ? undefined : { id: meeting.left.id, kind: 'differs', fields };
}

/** Adds one result to a drift. */
export function addToDrift(drift: Drift, difference: Difference | undefined): void {
  if (difference === undefined) drift.same += 1;
  else if (difference.kind === 'differs') drift.differs.push({ id: difference.id, fields: difference.fields });
  else drift[difference.kind].push(difference.id);
}

/** A drift with nothing in it yet. */
export const emptyDrift = (): Drift => ({ missing: [], extra: [], differs: [], unreadable: [], same: 0 });

/** The drift of a replica's inventory from its primary's; both ordered by id. */
export async function compareInventories(
  primary: Batches<InventoryItem>,
  replica: Batches<InventoryItem>,
): Promise<Drift> {
  const drift = emptyDrift();
  for await (const meetings of meet(primary, replica)) {
    for (const meeting of meetings) addToDrift(drift, differenceOf(meeting));
  }
  return drift;
}
