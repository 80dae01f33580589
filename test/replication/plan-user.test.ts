import assert from 'node:assert/strict';
import { test } from 'node:test';
import { followedBase, keptBase } from '../../core/replication/kept.ts';
import { decideUser } from '../../core/replication/plan/decide-user.ts';
import type { UserSide, UserTriple } from '../../core/replication/plan/input.ts';
import type { LinkRules } from '../../core/replication/plan/link-rules.ts';
import { bytes, rules, userName } from './plan-parts.ts';

const user = (written: string, role: UserSide['role'] = 'Operator'): UserSide => ({
  role,
  tags: [],
  sealed: bytes(written),
});
const was = { left: bytes('first'), right: bytes('first'), leftGeneration: 3, rightGeneration: 3 };
const first = user('first');
const changed = user('changed');
const again = user('again');

function decided(triple: Omit<UserTriple, 'name'>, over: Partial<LinkRules> = {}): string {
  const decision = decideUser({ name: userName('app'), ...triple }, rules(over));
  if (decision.kind === 'conflict') return decision.conflict;
  const side = 'from' in decision ? ` from ${decision.from}` : 'on' in decision ? ` on ${decision.on}` : '';
  return `${decision.kind}${side}`;
}

const two: Partial<LinkRules> = { primary: undefined, locked: { left: false, right: false } };
const open = { locked: { left: false, right: false } };

test('one-way: Operators follow the primary (right)', () => {
  const cells: [Omit<UserTriple, 'name'>, string, Partial<LinkRules>?][] = [
    [{}, 'nothing'],
    [{ right: first }, 'create from right'],
    [{ right: first, base: was }, 'create from right'],
    [{ left: first }, 'nothing'],
    [{ left: first, base: was }, 'delete from right'],
    [{ left: first, base: was }, 'nothing', { propagate: false }],
    [{ left: first, base: keptBase(was, 'right') }, 'nothing'],
    [{ left: first, base: followedBase(was, 'left') }, 'nothing'],
    [{ left: first, right: again, base: keptBase(was, 'right') }, 'overwrite from right'],
    [{ left: first, base: was }, 'held on left', { doubt: 'no mark' }],
    [{ left: changed, base: was }, 'deleted-and-changed'],
    [{ left: first, right: first }, 'nothing'],
    [{ left: first, right: first, base: was }, 'nothing'],
    [{ left: first, right: changed, base: was }, 'overwrite from right'],
    [{ left: first, right: changed, base: was }, 'held on left', open],
    [{ left: changed, right: first, base: was }, 'changed-on-replica'],
    [{ left: changed, right: first, base: was }, 'overwrite from right', { keepPrimary: true }],
    [{ left: changed, right: again, base: was }, 'changed-on-both'],
    [{ left: changed, right: again, base: was }, 'overwrite from right', { keepPrimary: true }],
    [{ left: changed, right: changed, base: was }, 'nothing'],
    [{ left: changed, right: first, base: { ...was, left: bytes('changed') } }, 'nothing'],
    [{ left: changed, right: again }, 'overwrite from right'],
    [{ left: changed, right: again }, 'held on left', open],
    [{ left: changed, right: again }, 'held on left', { doubt: 'x', setBack: { left: false, right: true } }],
    [{ left: changed, right: again, base: was }, 'held on left', { doubt: 'x', setBack: { left: false, right: true } }],
  ];
  for (const [triple, wanted, over] of cells)
    assert.equal(decided(triple, over), wanted, JSON.stringify([triple, over]));
});

test('two-way: what one side has is copied; nobody replaces a user where others write', () => {
  const cells: [Omit<UserTriple, 'name'>, string, Partial<LinkRules>?][] = [
    [{ left: first }, 'create from left'],
    [{ right: first }, 'create from right'],
    [{ left: first, base: was }, 'delete from right'],
    [{ right: first, base: was }, 'delete from left'],
    [{ right: first, base: followedBase(was, 'left') }, 'delete from left'],
    [{ left: first, base: followedBase(was, 'left') }, 'create from left'],
    [{ right: first, base: was }, 'create from right', { doubt: 'x' }],
    [{ right: first, base: was }, 'nothing', { propagate: false }],
    [{ right: changed, base: was }, 'deleted-and-changed'],
    [{ left: changed, right: first, base: was }, 'held on right'],
    [{ left: first, right: changed, base: was }, 'held on left'],
    [{ left: changed, right: again, base: was }, 'changed-on-both'],
    [{ left: changed, right: again }, 'unclear'],
    [{ left: changed, right: changed }, 'nothing'],
  ];
  for (const [triple, wanted, over] of cells) {
    assert.equal(decided(triple, { ...two, ...over }), wanted, JSON.stringify([triple, over]));
  }
});

test('only Operators travel, and none is made of somebody else', () => {
  const keeper = user('first', 'Administrator');
  assert.equal(decided({ right: keeper }), 'nothing');
  assert.equal(decided({ left: keeper, base: was }), 'nothing');
  assert.equal(decided({ left: keeper, right: user('x', 'Administrator') }), 'nothing');
  assert.equal(decided({ left: keeper, right: first, base: was }), 'unclear');
  assert.equal(decided({ left: first, right: keeper, base: was }, { keepPrimary: true }), 'unclear');
});
