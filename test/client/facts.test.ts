import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFacts, type Question } from '../../client/state/facts.ts';

/** A store over a world whose answers the test sets. */
function makeStore() {
  const asked: [string, unknown][] = [];
  const world = { answer: (_method: string): unknown => ({ manifests: [] }) };
  const facts = createFacts(
    async (method, params) => {
      asked.push([method, params]);
      return world.answer(method) as never;
    },
    (error) => ({ kind: 'unreachable', place: 'oslo', cause: String(error), remedy: 'wait' }),
  );
  const changes: string[][] = [];
  facts.onChange((methods) => changes.push([...methods]));
  return { facts, asked, world, changes };
}

const all = () => true;

test('what is known is not asked for again, also while it is on its way', async () => {
  const { facts, asked } = makeStore();
  await Promise.all([facts.read('nethsm/overview', {}), facts.read('nethsm/overview', {})]);
  await facts.read('nethsm/overview', {});
  assert.equal(asked.length, 1);
  await facts.read('nethsm/devices', { manifest: 'a' });
  assert.equal(asked.length, 2);
});

test('a refresh tells of changed answers only, and passes the age on', async () => {
  const { facts, asked, world, changes } = makeStore();
  await facts.read('nethsm/overview', {});
  await facts.refresh(all, { maxAge: 5_000 });
  assert.deepEqual(changes, []);
  assert.deepEqual(asked.at(-1), ['nethsm/overview', { maxAge: 5_000 }]);
  world.answer = () => ({ manifests: [{ title: 'new' }] });
  await facts.refresh(all);
  assert.deepEqual(changes, [['nethsm/overview']]);
  assert.deepEqual((await facts.read('nethsm/overview', {})).value, { manifests: [{ title: 'new' }] });
});

test('an outage keeps the old answer beside its problem', async () => {
  const { facts, world, changes } = makeStore();
  await facts.read('nethsm/overview', {});
  world.answer = () => {
    throw new Error('gone');
  };
  await facts.refresh(all);
  const known = await facts.read('nethsm/overview', {});
  assert.deepEqual(known.value, { manifests: [] });
  assert.equal(known.problem?.cause, 'Error: gone');
  assert.equal(changes.length, 1);
});

test('what no drawing asked for since the last change is forgotten', async () => {
  const { facts, asked, world } = makeStore();
  let version = 0;
  world.answer = () => ({ version: ++version });
  await facts.read('nethsm/devices', { manifest: 'a' });
  await facts.read('nethsm/devices', { manifest: 'b' });
  await facts.refresh(all);
  await facts.read('nethsm/devices', { manifest: 'a' });
  asked.length = 0;
  await facts.refresh(all);
  assert.deepEqual(
    asked.map(([, params]) => params),
    [{ manifest: 'a' }],
  );
});

test('a refresh asks for no more than was meant', async () => {
  const { facts, asked } = makeStore();
  await facts.read('nethsm/overview', {});
  await facts.read('nethsm/archives', { manifest: 'a' });
  asked.length = 0;
  await facts.refresh((method: Question) => method === 'nethsm/archives');
  assert.deepEqual(
    asked.map(([method]) => method),
    ['nethsm/archives'],
  );
});

test('a person is asked where a node was opened, and nowhere else', async () => {
  const { facts, asked } = makeStore();
  const params = { manifest: 'a', device: 'oslo' };
  await facts.read('nethsm/overview', {});
  await facts.read('nethsm/deviceDetails', params);
  await facts.refresh(all);
  assert.deepEqual(
    asked.map(([, params]) => (params as { ask?: boolean }).ask),
    [undefined, true, undefined, undefined],
  );
});

test('a person is asked for one manifest only where one is meant', async () => {
  const { facts, asked } = makeStore();
  await facts.read('nethsm/overview', {});
  for (const manifest of ['a', 'b']) await facts.read('nethsm/devices', { manifest });
  asked.length = 0;
  await facts.refresh(all, { maxAge: 0, ask: true, askFor: 'a' });
  assert.deepEqual(
    asked.map(([, params]) => params),
    [
      { maxAge: 0, ask: true, askFor: 'a' },
      { manifest: 'a', maxAge: 0, ask: true },
      { manifest: 'b', maxAge: 0, ask: false },
    ],
  );
});
