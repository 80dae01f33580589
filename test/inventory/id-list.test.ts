import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIdList, gatherIds, packIds } from '../../core/inventory/id-list.ts';
import { idSet } from '../../core/inventory/id-set.ts';
import { compareIds } from '../../core/inventory/item.ts';
import fc from '../support/laws.ts';

const id = fc.stringMatching(/^[a-c0-1][a-c0-1._-]{0,3}$/);
const ids = fc.array(id, { maxLength: 60 });
const inOrder = (list: readonly string[]): string[] => [...new Set(list)].sort(compareIds);

test('ids that were gathered in any order are a list in order, each once', () => {
  fc.assert(
    fc.property(ids, (some) => {
      const gathering = gatherIds();
      for (const one of some) gathering.add(one);
      const list = gathering.end();
      assert.deepEqual([...list], inOrder(some));
      assert.deepEqual(
        Array.from({ length: list.length }, (_, i) => list.at(i)),
        inOrder(some),
      );
    }),
  );
});

test('a list finds what an array finds, whatever was asked before', () => {
  fc.assert(
    fc.property(ids, fc.array(id, { maxLength: 60 }), (some, asked) => {
      const sorted = inOrder(some);
      const list = packIds(sorted);
      for (const one of [...asked, ...inOrder(asked), ...sorted, ...sorted.toReversed()]) {
        assert.equal(list.indexOf(one), sorted.indexOf(one));
        assert.equal(list.has(one), sorted.includes(one));
        assert.equal(list.lowest(one), sorted.filter((other) => other < one).length);
      }
    }),
  );
});

test('a list that grows while it is asked keeps its order', () => {
  const list = createIdList();
  for (let i = 0; i < 5000; i++) {
    const text = `key-${String(i).padStart(4, '0')}`;
    assert.equal(list.has(text), false);
    list.add(text);
    assert.equal(list.indexOf(text), i);
  }
  assert.equal(list.indexOf('key-0000'), 0);
  assert.throws(() => list.add('key-4999'), RangeError);
  assert.throws(() => list.add('a'), RangeError);
  assert.equal(list.length, 5000);
});

test('a set is its list and what was added, each once', () => {
  fc.assert(
    fc.property(ids, ids, (some, more) => {
      const set = idSet(packIds(inOrder(some)));
      for (const one of more) set.add(one);
      const all = new Set([...some, ...more]);
      assert.deepEqual([...set].sort(compareIds), inOrder([...all]));
      assert.equal(set.size, all.size);
      for (const one of all) assert.ok(set.has(one));
      assert.ok(!set.has('zzz'));
    }),
  );
});
