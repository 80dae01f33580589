import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkOf } from '../../core/replication/journal/journal.ts';
import type { LinkObservation, PlanInput, Triple } from '../../core/replication/plan/input.ts';
import type { NamespacePlan } from '../../core/replication/plan/plan.ts';
import { planNamespace } from '../../core/replication/plan/plan-namespace.ts';
import type { Policy } from '../../core/replication/policy.ts';
import {
  base,
  bothWrite,
  input,
  key,
  keyId,
  observation,
  PAYMENTS,
  policy,
  record,
  role,
  roles,
  state,
  view,
} from './plan-parts.ts';

const SITES = ['a', 'b', 'c'];
const link = (left: string, right: string, triples: Triple[], over: Partial<LinkObservation> = {}): LinkObservation =>
  observation({ link: linkOf(PAYMENTS, left, right), left: view(left), right: view(right), triples, ...over });

const three = (observations: LinkObservation[], wanted: Partial<Policy> = {}): PlanInput => ({
  policy: policy({
    sites: { kind: 'two-way', sites: SITES.map((device) => ({ device, owns: () => false })) },
    ...wanted,
  }),
  roles: roles(SITES.map((device) => role(device, { record: record({ primaries: SITES }) }))),
  observations,
});

const shown = ({ steps }: NamespacePlan): string[] =>
  steps.map((step) => {
    const ids = 'ids' in step ? step.ids.join(' ') : '';
    return `${step.kind} ${'from' in step ? `${step.from}>` : ''}${step.device} ${ids}`;
  });

const id = keyId('k');
const one = state(key('one'));
const tagged = state(key('one', { tags: ['x'] }), 'tagged');
const was = base('k', key('one'));

test('several replicas of one primary are planned each for itself', () => {
  const replicas = ['b', 'c'];
  const plan = planNamespace({
    policy: policy({ sites: { kind: 'one-way', primary: 'a', replicas } }),
    roles: roles(SITES.map((device) => role(device, { record: record({ primaries: ['a'] }) }))),
    observations: [
      link('a', 'c', [
        { id, left: one },
        { id: keyId('m'), left: one },
      ]),
      link('a', 'b', [
        { id, left: tagged, right: state(key('two'), 'two'), base: was },
        { id: keyId('m'), left: one },
      ]),
      link('b', 'c', [{ id: keyId('z'), left: one }]),
    ],
  });
  assert.deepEqual(shown(plan), ['create a>b m', 'create a>c k m']);
  assert.deepEqual(
    plan.conflicts.map(({ devices }) => devices),
    [['a', 'b']],
    'a conflict of one replica is not the other’s',
  );
});

test('a key that two sites have is brought to the third once', () => {
  const plan = planNamespace(three([link('b', 'c', [{ id, left: one }]), link('a', 'c', [{ id, left: one }])]));
  assert.deepEqual(shown(plan), ['create a>c k']);
});

test('a change is not taken from a site that is about to be changed', () => {
  const plan = planNamespace(
    three([
      link('a', 'b', [{ id, left: one, right: tagged, base: was }]),
      link('a', 'c', [{ id, left: one }]),
      link('b', 'c', [{ id, left: tagged }]),
    ]),
  );
  assert.deepEqual(shown(plan), ['create b>c k', 'update b>a k']);
});

test('a key that went is deleted on all sites, and on none when any brings it as new', () => {
  const gone = (left: string, right: string): LinkObservation => link(left, right, [{ id, right: one, base: was }]);
  assert.deepEqual(shown(planNamespace(three([gone('a', 'b'), gone('a', 'c')]))), ['delete a>b k', 'delete a>c k']);
  const plan = planNamespace(three([gone('a', 'b'), link('a', 'c', [{ id, right: one }])]));
  assert.deepEqual(shown(plan), ['create c>a k']);
  assert.deepEqual(
    plan.held.map(({ device, ids, reason, countersOf }) => [device, ids, reason, countersOf]),
    [['b', ['k'], 'gone on a, but c brings it to a: not deleted', 'a']],
  );
});

test('a key in conflict is not spread; where only one link knows no common state, the others go on', () => {
  const other = state(key('two'), 'two');
  const spread = [link('a', 'c', [{ id, left: other }]), link('b', 'c', [{ id, left: tagged }])];
  const known = planNamespace(three([link('a', 'b', [{ id, left: other, right: tagged, base: was }]), ...spread]));
  assert.deepEqual([shown(known), known.conflicts.length], [[], 1]);
  const weak = planNamespace(
    three([
      link('a', 'b', [{ id, left: tagged, right: one, base: was }]),
      link('a', 'c', [{ id, left: tagged, right: one }]),
    ]),
  );
  assert.deepEqual([shown(weak), weak.conflicts.map(({ kind }) => kind)], [['update a>b k'], ['unclear']]);
});

test('sites that would change each other in a ring begin with one', () => {
  const ring = planNamespace(
    three([
      link('a', 'b', [{ id, left: one, right: tagged, base: was }]),
      link('a', 'c', [{ id, left: tagged, right: one, base: was }]),
      link('b', 'c', [{ id, left: one, right: tagged, base: was }]),
    ]),
  );
  assert.deepEqual(shown(ring), ['update b>a k']);
});

test('a replacement whose source is changed first waits, and that is told: its evidence is of this run', () => {
  const plan = planNamespace(
    three([
      link('a', 'b', [
        {
          id,
          left: state(key('two'), 'first'),
          right: state(key('two', { tags: ['x'] }), 'x'),
          base: base('k', key('two')),
        },
      ]),
      link('a', 'c', [{ id, left: state(key('two'), 'two'), right: one, base: was }]),
    ]),
  );
  assert.deepEqual(shown(plan), ['update b>a k']);
  assert.deepEqual(
    plan.held.map(({ device, reason }) => [device, reason]),
    [['c', 'not brought from a: a is changed first']],
  );
});

test('links come in a fixed order, and those of strangers are left out', () => {
  const seen = [
    link('b', 'c', [{ id, left: one }]),
    link('a', 'b', [{ id, right: one }]),
    link('a', 'z', [{ id: keyId('other'), left: one }]),
  ];
  const plan = planNamespace(three(seen));
  assert.deepEqual(plan, planNamespace(three([...seen].reverse())));
  assert.deepEqual(shown(plan), ['create b>a k', 'create b>c k']);
});

test('a new key at the wrong site is copied all the same, and told', () => {
  const owner = (device: string, prefix: string) => ({ device, owns: (key: string) => key.startsWith(prefix) });
  const sites = { kind: 'two-way' as const, sites: [owner('bergen', 'b-'), owner('oslo', 'o-')] };
  const triples = ['b-1', 'o-1', 'x'].map((name) => ({ id: keyId(name), right: one }));
  const plan = planNamespace(input({ triples }, { policy: bothWrite({ sites }) }));
  assert.deepEqual(shown(plan), ['create oslo>bergen b-1 o-1 x']);
  assert.deepEqual(
    plan.alarms.map(({ kind, device, text }) => [kind, device, text]),
    [['owned-elsewhere', 'oslo', '1 new on oslo with ids that bergen owns: b-1']],
  );
});

test('stand-ins are removed first, and what they stood for is brought again', () => {
  const triples: Triple[] = [{ id, right: one, base: was }];
  const left = view('bergen', { standIns: [keyId('z'), id] });
  const plan = planNamespace(input({ triples, left }, { policy: bothWrite() }));
  assert.deepEqual(shown(plan), ['clear-stand-ins bergen k z', 'create oslo>bergen k']);
});

test('keys that a device can not open are held, whatever the other side has', () => {
  const left = view('bergen', { unreadable: [keyId('z'), id, keyId('scratch-1')] });
  const plan = planNamespace(input({ triples: [{ id, right: one }], left }));
  assert.deepEqual(shown(plan), []);
  assert.deepEqual(
    plan.held.map(({ device, ids }) => [device, ids]),
    [['bergen', ['k', 'z']]],
  );
  assert.match(plan.held[0]?.reason ?? '', /listed on bergen, which can not open it/);
});

test('ids are in order, and what is the same is summed', () => {
  const triples = ['c', 'a', 'b', 'scratch-2'].map((name) => ({ id: keyId(name), right: one }));
  const plan = planNamespace(input({ triples, same: 40 }));
  assert.deepEqual([shown(plan), plan.same], [['create oslo>bergen a b c'], 40]);
});
