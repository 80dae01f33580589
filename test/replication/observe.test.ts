import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type KeyId, parseNamespace } from '../../core/names.ts';
import type { Context } from '../../core/replication/context.ts';
import { factsDigest } from '../../core/replication/digests.ts';
import { linkOf, type Seen } from '../../core/replication/journal/journal.ts';
import { baseOf, baseOfStates, withFacts } from '../../core/replication/observe/base-facts.ts';
import { type Counters, riseSince } from '../../core/replication/observe/counters.ts';
import { observeLink } from '../../core/replication/observe/observe-link.ts';
import { createSealedList } from '../../core/replication/observe/sealed-list.ts';
import type { SideState } from '../../core/replication/plan/input.ts';
import { readRoles } from '../../core/replication/roles/read-roles.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { policyFor } from '../support/context.ts';
import fc from '../support/laws.ts';
import { type Paired, startPaired } from '../support/paired.ts';
import { importKey, keeper, REPLICATOR_PASSPHRASE } from '../support/sites.ts';

const PAYMENTS = parseNamespace('payments');
const LINK = linkOf(PAYMENTS, 'oslo', 'bergen');
const REPLICATOR = { user: 'payments~replicator', passphrase: REPLICATOR_PASSPHRASE };
let sites: Paired;
let ctx: Context;

before(async () => {
  sites = await startPaired(['a1', 'a2', 'a3', 'a4']);
  ctx = sites.ctx;
  await syncNamespace(ctx, policy());
});
after(() => sites.close());

const policy = () => policyFor('payments', sites.folder);
const look = async () => observeLink(ctx, policy(), LINK, await readRoles(ctx, policy()));

test('a list of sealed digests gives back what was put in, in batches', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 16, maxLength: 16 }), { maxLength: 3000 }), (digests) => {
      const list = createSealedList();
      digests.forEach((digest, i) => {
        list.add(`k${i}` as KeyId, digest);
      });
      const back = [...list.batches()].flat();
      assert.equal(list.length, digests.length);
      assert.deepEqual(
        back.map(({ id, sealed }) => [id, [...sealed]]),
        digests.map((digest, i) => [`k${i}`, [...digest]]),
      );
    }),
    { numRuns: 20 },
  );
});

test('counters tell a rise, and nothing once a node may have started again', () => {
  const seen = {
    at: 1_000_000,
    counters: [
      { kvWrite: 10, uptime: 100 },
      { kvWrite: 5, uptime: 50 },
    ],
  } as unknown as Seen;
  const now = (...nodes: [number, number][]): Counters => ({
    at: 1_060_000,
    own: [],
    nodes: nodes.map(([kvWrite, uptime]) => ({ kvWrite, uptime })),
  });
  assert.equal(riseSince(seen, now([12, 160], [9, 110])), 6);
  assert.equal(riseSince(seen, now([12, 160], [4, 110])), undefined, 'a counter fell');
  assert.equal(riseSince(seen, now([12, 160], [9, 40])), undefined, 'an uptime fell');
  assert.equal(
    riseSince(seen, now([12, 160], [9, 55])),
    undefined,
    'a minute passed, and it is up five seconds longer',
  );
  assert.equal(riseSince(seen, now([12, 160])), undefined, 'a node is missing');
  assert.equal(riseSince(seen, undefined), undefined);
  assert.equal(riseSince(undefined, now([12, 160])), undefined);
});

test('a base that was seen by its bytes alone gets its facts from the side that was not written', () => {
  const state = (sealed: number, label?: string): SideState => ({
    facts: { type: 'Generic', mechanisms: [], tags: [], operations: 3, ...(label !== undefined && { label }) },
    sealed: Buffer.alloc(16, sealed),
  });
  const base = baseOf({ id: 'k' as KeyId, left: Buffer.alloc(16, 1), right: Buffer.alloc(16, 1) });
  const filled = withFacts(base, state(1), state(2, 'changed'));
  assert.deepEqual([filled?.facts, filled?.rightOperations], [factsDigest(state(1).facts), 3]);
  assert.equal(withFacts(base, state(2), state(3)), undefined, 'nothing is known of it: no ancestor');
  assert.deepEqual(withFacts(base, undefined, state(3)), base, 'one that equals nothing');
  const read = baseOfStates('k' as KeyId, state(1), state(2));
  assert.equal(withFacts(read, state(5), state(6)), read);
});

test('what is the same is only counted; what differs is read, with its ancestor', async () => {
  await importKey(sites.oslo, 'payments', 'new', 9);
  await sites.oslo.must('PUT', '/keys/a1/restrictions/tags/t', keeper('payments'));
  await sites.bergen.must('DELETE', '/keys/a2', REPLICATOR);
  const seen = await look();
  assert.deepEqual(
    seen.triples.map(({ id, left, right, base }) => [id, left?.facts.tags, right?.facts.tags, base !== undefined]),
    [
      ['a1', [], ['t'], true],
      ['a2', undefined, [], true],
      ['new', undefined, [], false],
    ],
  );
  const { left, right, same } = seen;
  assert.deepEqual([same, left.keys, right.keys], [2, 3, 5]);
  assert.deepEqual([left.judgement, right.judgement], ['continuous', 'continuous']);
  assert.deepEqual([left.writeRise, right.writeRise], [1, 2]);
  assert.deepEqual([left.listingComplete, left.hasNamespace, left.lockedBefore], [true, true, true]);
});

test('a listed key that can not be opened is told of, and in no triple', async () => {
  const { store } = sites.bergen.practice.node.machine;
  const value = store.get('/key/.payments/a3');
  assert.ok(value);
  store.set('/key/.payments/foreign', value);
  const { left, triples } = await look();
  assert.deepEqual(left.unreadable, ['foreign']);
  assert.ok(!triples.some(({ id }) => id === 'foreign'));
});

test('where the filter leaves a key out, nothing is said of it', async () => {
  const some = { ...policy(), includes: (id: string) => id !== 'new' };
  const { triples, right } = await observeLink(ctx, some, LINK, await readRoles(ctx, some));
  assert.deepEqual([triples.map(({ id }) => id), right.keys], [['a1', 'a2'], 4]);
});
