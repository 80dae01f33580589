import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareInventories, differingFields, meet } from '../../core/inventory/compare.ts';
import { compareIds, type InventoryItem } from '../../core/inventory/item.ts';
import type { KeyFacts } from '../../core/key-facts.ts';
import type { KeyId } from '../../core/names.ts';
import fc from '../support/laws.ts';

const facts = (over: Partial<KeyFacts> = {}): KeyFacts => ({
  type: 'Curve25519',
  mechanisms: ['EdDSA_Signature'],
  public: { data: 'AA==' },
  tags: [],
  operations: 0,
  ...over,
});

async function* inBatches<T>(items: T[], size: number): AsyncGenerator<T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}

const items = (of: Map<string, KeyFacts>): InventoryItem[] =>
  [...of].sort(([a], [b]) => compareIds(a, b)).map(([id, facts]) => ({ id: id as KeyId, facts }));

const keys = fc.uniqueArray(
  fc.record({ id: fc.stringMatching(/^[a-c][a-c0-2]{0,2}$/), label: fc.constantFrom(undefined, 'x', 'y') }),
  { selector: (key) => key.id, maxLength: 40 },
);
const inventory = keys.map((list) => new Map(list.map(({ id, label }) => [id, facts(label ? { label } : {})])));

test('drift is what a comparison of two maps finds, however the streams are cut', async () => {
  await fc.assert(
    fc.asyncProperty(inventory, inventory, fc.integer({ min: 1, max: 7 }), async (primary, replica, size) => {
      const drift = await compareInventories(inBatches(items(primary), size), inBatches(items(replica), 8 - size));
      const ids = (of: Map<string, KeyFacts>) => [...of.keys()].sort(compareIds);
      assert.deepEqual(
        drift.missing,
        ids(primary).filter((id) => !replica.has(id)),
      );
      assert.deepEqual(
        drift.extra,
        ids(replica).filter((id) => !primary.has(id)),
      );
      const both = ids(primary).filter((id) => replica.has(id));
      const differs = both.filter((id) => primary.get(id)?.label !== replica.get(id)?.label);
      assert.deepEqual(
        drift.differs,
        differs.map((id) => ({ id, fields: ['label'] })),
      );
      assert.equal(drift.same, both.length - differs.length);
    }),
  );
});

test('a stream out of order, or with an id twice, is an error and not a drift', async () => {
  const a = { id: 'a' };
  const b = { id: 'b' };
  for (const wrong of [
    [b, a],
    [a, a],
  ]) {
    await assert.rejects(async () => {
      for await (const _ of meet(inBatches(wrong, 1), inBatches([a, b], 2)));
    }, /out of order/);
  }
});

test('both streams are closed when the comparison ends early', async () => {
  const closed: string[] = [];
  async function* source(name: string) {
    try {
      for (let i = 0; i < 9000; i++) yield [{ id: String(i).padStart(5, '0') }];
    } finally {
      closed.push(name);
    }
  }
  for await (const _ of meet(source('left'), source('right'))) break;
  assert.deepEqual(closed.sort(), ['left', 'right']);
});

test('use is no difference, order of tags and mechanisms is none, everything else is', () => {
  const a = facts({ tags: ['x', 'y'], mechanisms: ['A', 'B'] });
  assert.deepEqual(differingFields(a, { ...a, operations: 7, tags: ['y', 'x'], mechanisms: ['B', 'A'] }), []);
  const certificate = { contentType: 'text/plain', data: Buffer.from('c') };
  const other = facts({
    type: 'RSA',
    mechanisms: ['A'],
    public: { data: 'AQ==' },
    tags: ['x'],
    label: 'l',
    certificate,
  });
  assert.deepEqual(differingFields(a, other), ['type', 'mechanisms', 'public', 'tags', 'label', 'certificate']);
});
