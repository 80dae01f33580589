import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparePaths } from '../../core/backup/paths.ts';
import { Store } from '../../practice/store.ts';
import fc from '../support/laws.ts';

const part = fc.constantFrom('a', 'b', '.ns', 'a.b', 'a-', 'z', '0');
const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ path, value: fc.nat(255) }) },
  { weight: 1, arbitrary: fc.record({ path, value: fc.constant(undefined) }) },
);

const listing = (store: Store): [string, number][] =>
  [...store.scan()].map((entry) => [entry.path, entry.value[0] as number]);

const sorted = (model: ReadonlyMap<string, number>): [string, number][] =>
  [...model].toSorted(([a], [b]) => comparePaths(a, b));

test('the store is a map in the order of a backup', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const store = new Store();
      const model = new Map<string, number>();
      for (const { path: at, value } of steps) {
        if (value === undefined) assert.equal(store.delete(at), model.delete(at));
        else {
          store.set(at, Buffer.of(value));
          model.set(at, value);
        }
      }
      assert.deepEqual(listing(store), sorted(model));
      assert.equal(store.size, model.size);
      assert.equal(store.bytes, model.size);
      for (const [at, value] of model) assert.equal(store.get(at)?.[0], value);
      const names = [...model.keys()].filter((at) => /^\/a\/[^/]+$/.test(at)).map((at) => at.slice(3));
      assert.deepEqual([...store.names('/a/')], names.toSorted());
    }),
  );
});

test('blocks split and snapshots stay as they were, on both sides', () => {
  const store = new Store();
  const paths = Array.from({ length: 2000 }, (_, i) => `/key/.ns/${String((i * 7919) % 2000).padStart(4, '0')}`);
  for (const at of paths) store.set(at, Buffer.of(1));
  const snapshot = store.snapshot();
  for (const at of paths.slice(0, 1500)) store.delete(at);
  store.set('/key/.ns/0000', Buffer.of(2));
  assert.equal(snapshot.size, 2000);
  assert.deepEqual([...new Set(listing(snapshot).map(([, value]) => value))], [1]);
  snapshot.set('/key/new', Buffer.of(3));
  assert.ok(!store.has('/key/new'));
  assert.deepEqual(
    [...snapshot.scan('/key/.ns/')].map((entry) => entry.path),
    paths.toSorted(),
  );
});

test('the names of a folder leave out what lies deeper, at the cost of one look a folder', () => {
  const store = new Store();
  for (let i = 0; i < 1000; i++) store.set(`/key/.big/${i}`, Buffer.of(0));
  store.set('/key/.version', Buffer.of(0));
  store.set('/key/a', Buffer.of(0));
  store.set('/key/z', Buffer.of(0));
  assert.deepEqual([...store.names('/key/')], ['.version', 'a', 'z']);
});
