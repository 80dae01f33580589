import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkOff, intersect, symmetricDifference } from '../../core/inventory/id-lists.ts';
import { compareIds } from '../../core/inventory/item.ts';
import fc from '../support/laws.ts';

const list = fc.uniqueArray(fc.stringMatching(/^[a-d]{1,2}$/), { maxLength: 15 }).map((ids) => ids.sort(compareIds));

test('lists walked side by side say what sets would say', () => {
  fc.assert(
    fc.property(list, list, (a, b) => {
      const [inA, inB] = [new Set(a), new Set(b)];
      const both = a.filter((id) => inB.has(id));
      const onlyA = a.filter((id) => !inB.has(id));
      const onlyB = b.filter((id) => !inA.has(id));
      assert.deepEqual(intersect(a, b), both);
      assert.deepEqual(symmetricDifference(a, b), [...onlyA, ...onlyB].sort(compareIds));
      const off = checkOff(a);
      for (const id of b) off.see(id);
      assert.deepEqual([off.seen(), off.missing(), off.extra()], [b.length, onlyA, onlyB]);
    }),
  );
});
