import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { filterIds } from '../../server/operations/ids/filter-ids.ts';
import { groupIds } from '../../server/operations/ids/group-ids.ts';
import { type PackedIds, packIds, rangeOf } from '../../server/operations/ids/packed-ids.ts';

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const someIds = fc
  .uniqueArray(fc.stringMatching(/^[a-c0-2][a-c0-2._-]{0,5}$/), { maxLength: 60 })
  .map((ids) => ids.sort(order));
const all = (ids: PackedIds): string[] => Array.from({ length: ids.length }, (_, i) => ids.at(i));

test('packed ids are the ids, and a prefix has its range', () => {
  fc.assert(
    fc.property(someIds, fc.stringMatching(/^[a-c0-2]{0,2}$/), (ids, prefix) => {
      const packed = packIds(ids);
      assert.deepEqual(all(packed), ids);
      const { from, to } = rangeOf(packed, prefix);
      assert.deepEqual(
        all(packed).slice(from, to),
        ids.filter((id) => id.startsWith(prefix)),
      );
    }),
  );
});

test('a filter finds text anywhere, or a whole pattern', async () => {
  const ids = packIds(['a-1', 'ab', 'b-1', 'c'].sort(order));
  assert.deepEqual(all(await filterIds(ids, 'B')), ['ab', 'b-1']);
  assert.deepEqual(all(await filterIds(ids, '?-1')), ['a-1', 'b-1']);
  assert.deepEqual(all(await filterIds(ids, '*')), all(ids));
  const found = await filterIds(ids, '-1');
  assert.equal(found.lowest('b'), 1);
});

test('a filter that nobody waits for any more ends', async () => {
  const many = packIds(Array.from({ length: 100_000 }, (_, i) => `key${String(i).padStart(6, '0')}`));
  const stop = new AbortController();
  stop.abort(new Error('enough'));
  await assert.rejects(filterIds(many, 'x', stop.signal), /enough/);
});

test('groups hold every id once, and opening them leads to each', () => {
  const leavesOf = (ids: PackedIds, prefix: string): string[] => {
    const { from, to } = rangeOf(ids, prefix);
    if (to - from <= 3) return all(ids).slice(from, to);
    const { groups, single } = groupIds(ids, prefix);
    assert.ok(
      groups.every((group) => group.prefix.length > prefix.length),
      'each step narrows',
    );
    return [...single, ...groups.flatMap((group) => leavesOf(ids, group.prefix))];
  };
  fc.assert(
    fc.property(someIds, (ids) => {
      const packed = packIds(ids);
      assert.deepEqual(leavesOf(packed, '').sort(order), ids);
      const { groups, single } = groupIds(packed, '');
      assert.equal(
        groups.reduce((sum, { count }) => sum + count, single.length),
        ids.length,
      );
    }),
  );
});

test('a million ids open in a few groups, at once', () => {
  const ids = packIds(Array.from({ length: 1_000_000 }, (_, i) => `key${String(i).padStart(7, '0')}`));
  const started = performance.now();
  const { groups } = groupIds(ids, '');
  assert.ok(performance.now() - started < 100);
  assert.equal(groups.length, 100);
  assert.deepEqual(groups[0], { prefix: 'key000', count: 10_000, first: 'key0000000', last: 'key0009999' });
});
