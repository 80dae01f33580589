import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Losses, mostDeletions, whyNoDeletions } from '../../core/replication/plan/deletions.ts';
import type { LinkObservation, SideView, Triple } from '../../core/replication/plan/input.ts';
import type { NamespacePlan } from '../../core/replication/plan/plan.ts';
import { planNamespace } from '../../core/replication/plan/plan-namespace.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { base, bothWrite, bytes, input, key, keyId, policy, state, userName, view } from './plan-parts.ts';

const losses = (over: Partial<Losses> = {}): Losses => ({
  source: view('oslo', { keys: 97 }),
  target: view('bergen'),
  gone: 3,
  remade: 0,
  users: 0,
  ...over,
});

test('with all the evidence there is no reason against it', () => {
  assert.deepEqual(whyNoDeletions(losses(), policy()), []);
});

test('each piece of evidence alone is a reason when it is missing, in words', () => {
  const cases: [Losses, RegExp, Policy?][] = [
    [losses(), /deletions: propagate/, policy({ deletions: 'keep' })],
    [losses({ source: view('oslo', { judgement: 'other' }) }), /knows of oslo does not reach/],
    [losses({ target: view('bergen', { judgement: 'restored' }) }), /knows of bergen does not reach/],
    [losses({ source: view('oslo', { judgement: 'first' }) }), /knows of oslo/],
    [losses({ source: view('oslo', { keys: 0 }) }), /oslo lists no key at all/],
    [losses({ source: view('oslo', { hasNamespace: false, keys: 0 }) }), /the namespace is gone on oslo/],
    [losses({ source: view('oslo', { listingComplete: false }) }), /came or went on oslo while it was read/],
    [losses({ source: view('oslo', { writeRise: undefined }) }), /could not be counted/],
    [losses({ source: view('oslo', { writeRise: 2 }) }), /writes on oslo rose by 2 since the last run, this takes 3/],
    [losses({ source: view('oslo', { writeRise: 4 }), users: 2 }), /rose by 4 since the last run, this takes 5/],
    [losses({ source: view('oslo', { writeRise: 4 }), remade: 2 }), /this takes 5/],
    [losses({ gone: 11 }), /11 keys are more than maxDeletions allows \(10 of 100 on bergen\)/],
    [losses({ gone: 6, remade: 5 }), /11 keys are more/],
    [
      losses(),
      /3 keys are more than maxDeletions allows \(1 of 100/,
      policy({ maxDeletions: { keys: 10, percent: 1 } }),
    ],
    [losses({ users: 11 }), /11 users are more/],
  ];
  for (const [lost, reason, wanted] of cases) {
    const why = whyNoDeletions(lost, wanted ?? policy());
    assert.equal(why.length, 1, why.join('; '));
    assert.match(why[0] ?? '', reason);
  }
  assert.deepEqual(
    whyNoDeletions(losses({ source: view('oslo', { writeRise: 3 }) }), policy()),
    [],
    'just enough writes',
  );
  assert.deepEqual(whyNoDeletions(losses({ gone: 10 }), policy()), [], 'just as many as are allowed');
});

test('the limit is the smaller of keys and percent, the latter rounded up', () => {
  const most = (keys: number, percent: number, there: number): number =>
    mostDeletions(policy({ maxDeletions: { keys, percent } }), there);
  assert.equal(most(10, 1, 100), 1);
  assert.equal(most(10, 1, 101), 2);
  assert.equal(most(10, 1, 1_000_000), 10);
  assert.equal(most(10, 1, 0), 0);
  assert.equal(most(0, 100, 50), 0);
});

/** Key `a` went on oslo, `b` was made anew there; bergen has both as they were. */
const triples: Triple[] = [
  { id: keyId('a'), left: state(key('one')), base: base('a', key('one')) },
  { id: keyId('b'), left: state(key('two')), right: state(key('three'), 'anew'), base: base('b', key('two')) },
];

const planned = (source: Partial<SideView>, over: Partial<LinkObservation> = {}, wanted = policy()): NamespacePlan =>
  planNamespace(input({ triples, right: view('oslo', source), ...over }, { policy: wanted }));

const kinds = ({ steps }: NamespacePlan): string => steps.map(({ kind, device }) => `${kind} ${device}`).join(', ');

test('a plan deletes and replaces with all the evidence', () => {
  const plan = planned({});
  assert.equal(kinds(plan), 'replace bergen, delete bergen');
  assert.deepEqual([plan.held, plan.conflicts], [[], []]);
});

test('where one piece is missing, a plan does neither: the deletion is held, the other key is a conflict', () => {
  const without: [string, NamespacePlan][] = [
    ['complete', planned({ listingComplete: false })],
    ['not empty', planned({ keys: 0 })],
    ['counted', planned({ writeRise: undefined })],
    ['explained', planned({ writeRise: 1 })],
    ['continuous', planned({ judgement: 'other' })],
    ['not restored', planned({ judgement: 'restored' })],
    ['marked', planned({ judgement: 'first' })],
    ['not older than the base', planned({ mark: { generation: 2, nonce: 'aaaaaaaa' } })],
    ['target continuous', planned({}, { left: view('bergen', { judgement: 'other' }) })],
    ['limit', planned({}, {}, policy({ maxDeletions: { keys: 1, percent: 100 } }))],
  ];
  for (const [name, plan] of without) {
    assert.equal(kinds(plan), '', name);
    assert.deepEqual(
      plan.held.map(({ device, ids }) => [device, ids]),
      [['bergen', ['a']]],
      name,
    );
    assert.deepEqual(
      plan.conflicts.map(({ id, kind }) => [id, kind]),
      [['b', 'other-key']],
      name,
    );
  }
  const keep = planned({}, {}, policy({ deletions: 'keep' }));
  assert.equal(kinds(keep), '');
  assert.deepEqual(keep.extra, { bergen: ['a'] });
  const filtered = planned({}, {}, policy({ includes: () => false }));
  assert.deepEqual([filtered.steps, filtered.held, filtered.conflicts, filtered.extra], [[], [], [], {}]);
});

test('the reason tells what is missing, and where', () => {
  const plan = planned({ writeRise: 1, listingComplete: false });
  assert.equal(plan.held[0]?.countersOf, 'oslo');
  assert.equal(
    plan.held[0]?.reason,
    'gone on oslo, not deleted on bergen: keys came or went on oslo while it was read; writes on oslo rose by 1 since the last run, this takes 2',
  );
  assert.match(plan.conflicts[0]?.reason ?? '', /other public; not replaced on bergen: keys came or went/);
});

test('two writing sites: evidence is asked of the side where a key went', () => {
  const both = bothWrite();
  const lost: Triple[] = [
    { id: keyId('a'), left: state(key('one')), base: base('a', key('one')) },
    { id: keyId('z'), right: state(key('two')), base: base('z', key('two')) },
  ];
  assert.equal(kinds(planned({}, { triples: lost }, both)), 'delete oslo, delete bergen');
  const one = planned({ writeRise: 0 }, { triples: lost }, both);
  assert.equal(kinds(one), 'delete oslo');
  assert.deepEqual(
    one.held.map(({ ids }) => ids),
    [['a']],
  );
});

test('a key that moved is told from one that went: it is made under its new id first', () => {
  const moved: Triple[] = [
    { id: keyId('a'), left: state(key('one')), base: base('a', key('one')) },
    { id: keyId('new'), right: state(key('one'), 'moved') },
  ];
  const plan = planned({}, { triples: moved });
  assert.equal(kinds(plan), 'create bergen, delete bergen');
  assert.deepEqual(plan.steps[1], {
    kind: 'delete',
    namespace: 'payments',
    from: 'oslo',
    device: 'bergen',
    ids: ['a'],
    moved: { a: 'new' },
  });
  const held = planned({ writeRise: 0 }, { triples: moved });
  assert.equal(kinds(held), 'create bergen');
  assert.match(held.held[0]?.reason ?? '', /^gone on oslo \(moved to new there\), not deleted on bergen: /);
  const limit = planned({}, { triples: moved }, policy({ maxDeletions: { keys: 0, percent: 100 } }));
  assert.equal(kinds(limit), 'create bergen', 'a move counts like a deletion');
});

test('a key that moved to an id that can not be copied is not deleted', () => {
  const clash: Triple[] = [
    { id: keyId('a'), left: state(key('one')), base: base('a', key('one')) },
    { id: keyId('new'), left: state(key('other'), 'x'), right: state(key('one'), 'moved') },
  ];
  const plan = planned({}, { triples: clash });
  assert.deepEqual([kinds(plan), plan.held[0]?.ids, plan.conflicts[0]?.id], ['', ['a'], 'new']);
  assert.match(plan.held[0]?.reason ?? '', /the new id waits for a person/);
  const triples = [clash[0] as Triple, { id: keyId('new'), right: state(key('one'), 'moved') }];
  const unreadable = planned({}, { triples, left: view('bergen', { unreadable: [keyId('new')] }) });
  assert.deepEqual([kinds(unreadable), unreadable.held.map(({ ids }) => ids)], ['', [['new'], ['a']]]);
});

test('users that are gone need the same evidence', () => {
  const users = [
    {
      name: userName('app'),
      left: { role: 'Operator' as const, tags: [], sealed: bytes('first') },
      base: { left: bytes('first'), right: bytes('first'), leftGeneration: 3, rightGeneration: 3 },
    },
  ];
  const plan = planned({}, { triples: [], users });
  assert.deepEqual(plan.steps, [
    { kind: 'users', namespace: 'payments', from: 'oslo', device: 'bergen', create: [], replace: [], delete: ['app'] },
  ]);
  const held = planned({ writeRise: 0 }, { triples: [], users });
  assert.deepEqual([kinds(held), held.held[0]?.ids], ['', ['user app']]);
});
