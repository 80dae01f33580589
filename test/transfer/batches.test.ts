import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseKeyId, parseNamespace } from '../../core/names.ts';
import { cutBodies, fitsBody, MAX_BODY_BYTES, MAX_OWN_ENTRIES } from '../../core/transfer/batches.ts';
import { type SealedEntry, sealedKey } from '../../core/transfer/sealed-entry.ts';
import fc from '../support/laws.ts';

const NS = parseNamespace('payments');
const entry = (i: number, bytes: number): SealedEntry => sealedKey(NS, parseKeyId(`k${i}`), Buffer.alloc(bytes));

async function* once<T>(items: T[]): AsyncGenerator<T[]> {
  yield items;
}

async function cut(entries: SealedEntry[]): Promise<SealedEntry[][]> {
  const bodies: SealedEntry[][] = [];
  for await (const body of cutBodies(once(entries))) bodies.push(body);
  return bodies;
}

test('bodies hold every entry once, in order, within 512 entries with the salt and 1 MB', async () => {
  const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 1, max: 900_000 })), {
    maxLength: 40,
  });
  await fc.assert(
    fc.asyncProperty(sizes, async (sizes) => {
      const entries = sizes.map((bytes, i) => entry(i, bytes));
      const bodies = await cut(entries);
      assert.deepEqual(bodies.flat(), entries);
      assert.equal(bodies[0]?.length ?? 1, 1, 'the first body is one entry, to be looked at');
      for (const body of bodies) {
        assert.ok(body.length <= MAX_OWN_ENTRIES);
        assert.ok(body.reduce((sum, { value, path }) => sum + value.length + path.length + 34, 0) < MAX_BODY_BYTES);
      }
    }),
    { numRuns: 50 },
  );
});

test('many small entries fill bodies of 511', async () => {
  const bodies = await cut(Array.from({ length: 1 + 511 + 3 }, (_, i) => entry(i, 300)));
  assert.deepEqual(
    bodies.map((body) => body.length),
    [1, 511, 3],
  );
});

test('an entry too large for any body is told apart', () => {
  assert.ok(fitsBody(entry(0, 900_000)));
  assert.ok(!fitsBody(entry(0, 1_000_000)));
});
