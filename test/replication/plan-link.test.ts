import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROOT } from '../../core/names.ts';
import type { LinkObservation, Triple } from '../../core/replication/plan/input.ts';
import { planLink } from '../../core/replication/plan/plan-link.ts';
import type { LinkPlan } from '../../core/replication/plan/proposal.ts';
import type { Policy } from '../../core/replication/policy.ts';
import {
  base,
  bothWrite,
  bytes,
  key,
  keyId,
  observation,
  policy,
  role,
  roles,
  state,
  userName,
  view,
} from './plan-parts.ts';

/** What a link comes to, in a few words. bergen is left and the replica, oslo is right. */
function planned(over: Partial<LinkObservation>, wanted: Policy = policy(), keepers: string[] = []): string {
  const names = keepers.map(userName);
  const plan: LinkPlan = planLink(observation(over), wanted, roles([role('bergen', { keepers: names }), role('oslo')]));
  return [
    ...plan.proposals.map(({ kind, id, from }) => `${kind} ${id} from ${from}`),
    ...plan.conflicts.map(({ conflict, known }) => `${conflict.kind} ${conflict.id}${known ? '' : ' (no base)'}`),
    ...plan.held.map(({ device, id }) => `held ${id} on ${device}`),
    ...plan.extra.map(({ device, id }) => `extra ${id} on ${device}`),
  ].join(', ');
}

const id = keyId('k');
const one = state(key('one'));
const tagged = state(key('one', { tags: ['x'] }), 'tagged');
const labelled = state(key('one', { label: 'x' }), 'labelled');
const was = base('k', key('one'));
const generic = {
  left: state(key('generic')),
  right: state(key('generic'), 'written'),
  base: base('k', key('generic')),
};

test('keepPrimary means nothing where both sites write', () => {
  const triples: Triple[] = [{ id, left: tagged, right: labelled, base: was }];
  const keep = { conflicts: 'keepPrimary' as const };
  assert.equal(planned({ triples }, policy(keep)), 'update k from oslo');
  assert.equal(planned({ triples }, bothWrite(keep)), 'changed-on-both k');
});

test('one side whose mark is not ours is enough to doubt the journal', () => {
  const triples: Triple[] = [{ id, left: tagged, right: one, base: was }];
  assert.equal(planned({ triples }, bothWrite()), 'update k from bergen');
  for (const judgement of ['other', 'first', 'restored'] as const) {
    assert.equal(planned({ triples, left: view('bergen', { judgement }) }, bothWrite()), 'unclear k (no base)');
    assert.equal(planned({ triples, right: view('oslo', { judgement }) }, bothWrite()), 'unclear k (no base)');
  }
  for (const mark of [{ generation: 2, nonce: 'aaaaaaaa' }, undefined]) {
    assert.equal(planned({ triples, left: view('bergen', { mark }) }, bothWrite()), 'unclear k (no base)');
    assert.equal(planned({ triples, right: view('oslo', { mark }) }, bothWrite()), 'unclear k (no base)');
  }
});

test('only a primary that was restored has its changes held', () => {
  const triples: Triple[] = [{ id, left: tagged, right: one }];
  assert.equal(planned({ triples, right: view('oslo', { judgement: 'restored' }) }), 'held k on bergen');
  assert.equal(planned({ triples, left: view('bergen', { judgement: 'restored' }) }), 'update k from oslo');
  const turned = policy({ sites: { kind: 'one-way', primary: 'bergen', replicas: ['oslo'] } });
  assert.equal(planned({ triples, left: view('bergen', { judgement: 'restored' }) }, turned), 'held k on oslo');
});

test('a replica is locked when it has no keepers, and the root never is', () => {
  const triples: Triple[] = [{ id, ...generic }];
  assert.equal(planned({ triples }), 'replace k from oslo');
  assert.equal(planned({ triples }, policy(), ['adam']), 'unclear k');
  assert.equal(planned({ triples }, policy({ namespace: ROOT })), 'unclear k');
  assert.equal(planned({ triples }, bothWrite()), 'unclear k');
  const turned = policy({ sites: { kind: 'one-way', primary: 'bergen', replicas: ['oslo'] } });
  assert.equal(planned({ triples }, turned), 'unclear k', 'the lock of a primary says nothing');
});

test('users travel when they are to, and never in the root', () => {
  const users = [{ name: userName('app'), right: { role: 'Operator' as const, tags: [], sealed: bytes('first') } }];
  assert.equal(planned({ users }), 'create user app from oslo');
  assert.equal(planned({ users }, policy({ users: 'none' })), '');
  assert.equal(planned({ users }, policy({ namespace: ROOT })), '');
});

test('a user that changed is replaced whole, without the evidence of a deletion', () => {
  const side = (written: string) => ({ role: 'Operator' as const, tags: [], sealed: bytes(written) });
  const known = { left: bytes('first'), right: bytes('first'), leftGeneration: 3, rightGeneration: 3 };
  const users = [{ name: userName('app'), left: side('first'), right: side('changed'), base: known }];
  assert.equal(planned({ users, right: view('oslo', { writeRise: undefined }) }), 'replace user app from oslo');
  assert.equal(planned({ users }, policy(), ['adam']), 'held user app on bergen');
});

test('a key that was under two ids did not move when one of them went', () => {
  const triples: Triple[] = [
    { id: keyId('a'), left: one, base: base('a', key('one')) },
    { id: keyId('b'), left: one, right: tagged, base: base('b', key('one')) },
  ];
  const plan = planLink(observation({ triples }), policy(), roles([role('bergen'), role('oslo')]));
  assert.deepEqual(
    plan.proposals.map(({ kind, movedTo }) => [kind, movedTo]),
    [
      ['update', undefined],
      ['delete', undefined],
    ],
  );
});
