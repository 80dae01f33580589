import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBitSet } from '../core/bit-set.ts';
import fc from './support/laws.ts';

test('a bit set is a set', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50_000)), fc.nat(50_000), (numbers, other) => {
      const [bits, set] = [createBitSet(), new Set(numbers)];
      for (const n of numbers) bits.add(n);
      assert.equal(bits.size(), set.size);
      for (const n of [...numbers, other]) assert.equal(bits.has(n), set.has(n));
    }),
  );
});
