import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packIds } from '../../core/inventory/id-list.ts';
import { compareListings } from '../../server/operations/ids/compare-ids.ts';
import { filterIds } from '../../server/operations/ids/filter-ids.ts';
import { groupIds } from '../../server/operations/ids/group-ids.ts';
import { type PackedIds, pickIds, rangeOf } from '../../server/operations/ids/packed-ids.ts';
import { pageIds } from '../../server/operations/ids/page-ids.ts';
import fc from '../support/laws.ts';

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

test('a million ids open in a few groups, with a few looks a group', () => {
  const ids = packIds(Array.from({ length: 1_000_000 }, (_, i) => `key${String(i).padStart(7, '0')}`));
  let looks = 0;
  const at = (index: number): string => {
    looks += 1;
    return ids.at(index);
  };
  const all = Uint32Array.from({ length: ids.length }, (_, i) => i);
  const { groups } = groupIds(pickIds({ length: ids.length, at, lowest: ids.lowest }, all), '');
  assert.ok(looks < 50_000, `${looks} looks`);
  assert.equal(groups.length, 100);
  assert.deepEqual(groups[0], { prefix: 'key000', count: 10_000, first: 'key0000000', last: 'key0009999' });
});

test('two listings are compared as sets, and only ids that count are told', async () => {
  await fc.assert(
    fc.asyncProperty(someIds, someIds, async (ours, theirs) => {
      const counts = (id: string): boolean => !id.startsWith('b');
      const { missing, extra, same } = await compareListings(packIds(ours), packIds(theirs), counts);
      const lacks = (from: string[], to: string[]) => from.filter((id) => !to.includes(id));
      assert.deepEqual(all(missing), lacks(ours, theirs).filter(counts));
      assert.deepEqual(all(extra), lacks(theirs, ours).filter(counts));
      assert.equal(same, ours.length - lacks(ours, theirs).length);
    }),
  );
});

test('a page of ids begins after one, and names the last where there are more', () => {
  const ids = packIds(['a', 'b', 'c', 'd']);
  assert.deepEqual(pageIds(ids, { limit: 2 }), { page: ['a', 'b'], next: 'b' });
  assert.deepEqual(pageIds(ids, { after: 'b', limit: 2 }), { page: ['c', 'd'] });
  assert.deepEqual(pageIds(ids, { after: 'bb', limit: 1 }), { page: ['c'], next: 'c' });
  assert.deepEqual(pageIds(ids, { from: 1, to: 3, limit: 9 }), { page: ['b', 'c'] });
  assert.deepEqual(pageIds(packIds([]), { after: 'x', limit: 1 }), { page: [] });
});

test('a million missing ids are compared in slices, in four bytes each', async () => {
  const ids = packIds(Array.from({ length: 1_000_000 }, (_, i) => `key-${String(i).padStart(7, '0')}`));
  let turns = 0;
  const others = setInterval(() => turns++, 0);
  const before = process.memoryUsage();
  const { missing } = await compareListings(ids, packIds([]), () => true);
  clearInterval(others);
  assert.deepEqual([missing.length, missing.at(999_999)], [1_000_000, 'key-0999999']);
  const grown = process.memoryUsage().arrayBuffers - before.arrayBuffers;
  assert.ok(grown <= 9_000_000, `${grown} bytes`);
  assert.ok(turns > 10, `others had ${turns} turns`);
});
