import assert from 'node:assert/strict';
import { test } from 'node:test';
import { followedBase, keptBase } from '../../core/replication/kept.ts';
import { decideKey } from '../../core/replication/plan/decide-key.ts';
import type { KeyDecision } from '../../core/replication/plan/decision.ts';
import type { Triple } from '../../core/replication/plan/input.ts';
import type { LinkRules, Side } from '../../core/replication/plan/link-rules.ts';
import { base, key, keyId, rules, state } from './plan-parts.ts';

/** A decision in a few words, as the tables below have it. */
function words(decision: KeyDecision): string {
  switch (decision.kind) {
    case 'nothing':
      return 'nothing';
    case 'update':
      return `update from ${decision.from}: ${decision.fields.join(' ')}`;
    case 'create':
    case 'delete':
    case 'replace':
      return `${decision.kind} from ${decision.from}`;
    case 'extra':
      return `extra on ${decision.on}`;
    case 'held':
      return `held on ${decision.on}`;
    case 'conflict':
      return decision.conflict;
  }
}

const decided = (triple: Omit<Triple, 'id'>, over: Partial<LinkRules> = {}, reserved: Side[] = []): string =>
  words(decideKey({ id: keyId('k'), ...triple }, rules(over), new Set(reserved)));

const was = base('k', key('one'));
const generic = base('k', key('generic', { operations: 5 }));

/** What a key may be on a side, by what became of it since the base. */
const STATES = {
  gone: undefined,
  same: state(key('one')),
  used: state(key('one', { operations: 9 }), 'used'),
  tagged: state(key('one', { tags: ['berlin'] }), 'tagged'),
  labelled: state(key('one', { label: 'till 7' }), 'labelled'),
  remade: state(key('two'), 'remade'),
  third: state(key('three'), 'third'),
  otherMechanisms: state(key('one', { mechanisms: ['ECDSA_Signature', 'EdDSA_Signature'] }), 'mechanisms'),
} as const;

/** `source | target → decision`, the source being the primary (right), with a believed base and everything allowed. */
const ONE_WAY: [keyof typeof STATES, keyof typeof STATES, string][] = [
  ['gone', 'gone', 'nothing'],
  ['gone', 'same', 'delete from right'],
  ['gone', 'used', 'delete from right'],
  ['gone', 'tagged', 'deleted-and-changed'],
  ['gone', 'remade', 'deleted-and-changed'],
  ['same', 'gone', 'create from right'],
  ['tagged', 'gone', 'create from right'],
  ['remade', 'gone', 'create from right'],
  ['same', 'same', 'nothing'],
  ['same', 'used', 'nothing'],
  ['used', 'used', 'nothing'],
  ['same', 'tagged', 'changed-on-replica'],
  ['same', 'remade', 'other-key'],
  ['same', 'otherMechanisms', 'other-key'],
  ['tagged', 'same', 'update from right: tags'],
  ['tagged', 'used', 'update from right: tags'],
  ['tagged', 'tagged', 'nothing'],
  ['tagged', 'labelled', 'changed-on-both'],
  ['tagged', 'remade', 'other-key'],
  ['remade', 'same', 'replace from right'],
  ['remade', 'used', 'replace from right'],
  ['remade', 'tagged', 'other-key'],
  ['remade', 'remade', 'nothing'],
  ['remade', 'third', 'other-key'],
  ['otherMechanisms', 'same', 'replace from right'],
];

test('one-way, with a common state that is believed: every cell', () => {
  for (const [source, target, wanted] of ONE_WAY) {
    const got = decided({ base: was, right: STATES[source], left: STATES[target] } as Triple);
    assert.equal(got, wanted, `primary ${source}, replica ${target}`);
  }
});

/** `left | right → decision`; the mirrored pairs follow by symmetry, which is a law of its own. */
const TWO_WAY: [keyof typeof STATES, keyof typeof STATES, string][] = [
  ['gone', 'gone', 'nothing'],
  ['gone', 'same', 'delete from left'],
  ['gone', 'tagged', 'deleted-and-changed'],
  ['gone', 'remade', 'deleted-and-changed'],
  ['same', 'used', 'nothing'],
  ['same', 'tagged', 'update from right: tags'],
  ['same', 'remade', 'replace from right'],
  ['tagged', 'labelled', 'changed-on-both'],
  ['tagged', 'tagged', 'nothing'],
  ['tagged', 'remade', 'other-key'],
  ['remade', 'third', 'other-key'],
  ['remade', 'remade', 'nothing'],
];

test('two-way, with a common state that is believed: every cell, and mirrored', () => {
  const both = { primary: undefined, locked: { left: false, right: false } };
  const mirror = (text: string): string => text.replace(/left|right/, (side) => (side === 'left' ? 'right' : 'left'));
  for (const [left, right, wanted] of TWO_WAY) {
    const place = `left ${left}, right ${right}`;
    assert.equal(decided({ base: was, left: STATES[left], right: STATES[right] } as Triple, both), wanted, place);
    const turned = decided({ base: was, left: STATES[right], right: STATES[left] } as Triple, both);
    assert.equal(turned, mirror(wanted), `mirrored: ${place}`);
  }
});

test('without a common state: one-way follows the primary in metadata, and nothing else', () => {
  assert.equal(decided({ right: STATES.same }), 'create from right');
  assert.equal(decided({ left: STATES.same }), 'extra on left');
  assert.equal(decided({ left: STATES.used, right: STATES.same }), 'nothing');
  assert.equal(decided({ left: STATES.tagged, right: STATES.same }), 'update from right: tags');
  assert.equal(decided({ left: STATES.remade, right: STATES.same }), 'other-key');
  assert.equal(decided({ left: STATES.otherMechanisms, right: STATES.same }), 'other-key');
});

test('without a common state: two-way copies what is on one side, and decides nothing else', () => {
  const both = { primary: undefined };
  assert.equal(decided({ left: STATES.same }, both), 'create from left');
  assert.equal(decided({ right: STATES.same }, both), 'create from right');
  assert.equal(decided({ left: STATES.used, right: STATES.same }, both), 'nothing');
  assert.equal(decided({ left: STATES.tagged, right: STATES.same }, both), 'unclear');
  assert.equal(decided({ left: STATES.remade, right: STATES.same }, both), 'other-key');
});

test('a common state that is not believed is none, and what went is held', () => {
  for (const over of [
    { doubt: 'oslo was restored' },
    { generations: { left: 2, right: 4 } },
    { generations: { left: 4, right: 2 } },
  ]) {
    assert.equal(decided({ base: was, left: STATES.same }, over), 'held on left');
    assert.equal(decided({ base: was, right: STATES.same }, over), 'create from right');
    assert.equal(decided({ base: was, left: STATES.same, right: STATES.remade }, over), 'other-key');
    assert.equal(decided({ base: was, left: STATES.same, right: STATES.tagged }, over), 'update from right: tags');
    const both = { ...over, primary: undefined };
    assert.equal(decided({ base: was, left: STATES.same }, both), 'create from left');
    assert.equal(decided({ base: was, left: STATES.same, right: STATES.tagged }, both), 'unclear');
  }
});

test('a generation equal to that of the mark is believed', () => {
  assert.equal(decided({ base: was, left: STATES.same }, { generations: { left: 3, right: 3 } }), 'delete from right');
});

test('what was kept stays a wish: it is neither deleted nor copied back', () => {
  const kept = keptBase(was, 'right');
  for (const over of [{}, { primary: undefined }, { propagate: false }]) {
    for (const left of [STATES.same, STATES.tagged, STATES.remade]) {
      assert.equal(decided({ base: kept, left }, over), 'extra on left');
    }
  }
  const mirrored = { primary: undefined };
  assert.equal(decided({ base: keptBase(was, 'left'), right: STATES.same }, mirrored), 'extra on right');
  assert.equal(decided({ base: keptBase(was, 'left'), right: STATES.same }), 'create from right', 'the primary’s');
  assert.equal(decided({ base: kept, left: STATES.same }, { ...mirrored, doubt: 'x' }), 'create from left');
});

test('what was deleted on one side, taken out on the other for that and taken back, is no deletion of the other', () => {
  const followed = followedBase(was, 'left');
  const both = { primary: undefined };
  for (const left of [STATES.same, STATES.tagged, STATES.remade]) {
    assert.equal(decided({ base: followed, left }, both), 'create from left');
    assert.equal(decided({ base: followed, left }), 'extra on left');
  }
  assert.equal(decided({ base: followed, right: STATES.same }, both), 'delete from left', 'it was not taken out yet');
  assert.equal(decided({ base: followed, left: STATES.same, right: STATES.same }, both), 'nothing');
});

test('a restored primary: creations only', () => {
  const over = { doubt: 'oslo was restored', setBack: { left: false, right: true } };
  assert.equal(decided({ base: was, right: STATES.same }, over), 'create from right');
  assert.equal(decided({ base: was, left: STATES.same }, over), 'held on left');
  assert.equal(decided({ base: was, left: STATES.same, right: STATES.tagged }, over), 'held on left');
  assert.equal(decided({ base: was, left: STATES.same, right: STATES.remade }, over), 'other-key');
});

test('a restored replica follows again, and loses nothing', () => {
  const over = { doubt: 'bergen was restored', setBack: { left: true, right: false } };
  assert.equal(decided({ base: was, left: STATES.tagged, right: STATES.same }, over), 'update from right: tags');
  assert.equal(decided({ base: was, left: STATES.same }, over), 'held on left');
});

test('deletions: keep keeps what went and what was made anew', () => {
  const keep = { propagate: false };
  assert.equal(decided({ base: was, left: STATES.same }, keep), 'extra on left');
  assert.equal(decided({ base: was, left: STATES.tagged }, keep), 'extra on left');
  assert.equal(decided({ base: was, left: STATES.same, right: STATES.remade }, keep), 'other-key');
  assert.equal(decided({ base: was, left: STATES.same }, { ...keep, primary: undefined }), 'extra on left');
  assert.equal(decided({ base: was, left: STATES.tagged }, { ...keep, primary: undefined }), 'deleted-and-changed');
});

test('keepPrimary lets metadata of the replica give way, never a key', () => {
  const over = { keepPrimary: true };
  assert.equal(
    decided({ base: was, left: STATES.tagged, right: STATES.labelled }, over),
    'update from right: tags label',
  );
  assert.equal(decided({ base: was, left: STATES.tagged, right: STATES.same }, over), 'update from right: tags');
  assert.equal(decided({ base: was, left: STATES.remade, right: STATES.same }, over), 'other-key');
  assert.equal(decided({ base: was, left: STATES.tagged }, over), 'deleted-and-changed');
});

test('made anew on both as the same key: only metadata can clash', () => {
  const anew = state(key('two', { tags: ['a'] }), 'anew');
  assert.equal(decided({ base: was, left: STATES.remade, right: anew }), 'changed-on-both');
  assert.equal(
    decided({ base: was, left: STATES.remade, right: anew }, { keepPrimary: true }),
    'update from right: tags',
  );
});

test('a stand-in holds the place of a key that did not arrive: nothing went there', () => {
  assert.equal(decided({ base: was, right: STATES.same }, { primary: undefined }, ['left']), 'create from right');
  assert.equal(decided({ base: was, left: STATES.same }, {}, ['right']), 'extra on left');
});

const G = {
  same: state(key('generic', { operations: 5 })),
  used: state(key('generic', { operations: 6 }), 'used'),
  usedAndTagged: state(key('generic', { operations: 6, tags: ['a'] }), 'used'),
  tagged: state(key('generic', { operations: 5, tags: ['a'] }), 'tagged'),
  written: state(key('generic', { operations: 5 }), 'written'),
  anew: state(key('generic', { operations: 0 }), 'anew'),
  pair: state(key('one'), 'pair'),
};

test('keys without a public part: uses explain other bytes, nothing else does', () => {
  const two = { primary: undefined };
  assert.equal(decided({ base: generic, left: G.same, right: G.used }), 'nothing');
  assert.equal(decided({ base: generic, left: G.used, right: G.used }, two), 'nothing');
  assert.equal(decided({ base: generic, left: G.same, right: G.usedAndTagged }), 'update from right: tags');
  assert.equal(decided({ base: generic, left: G.usedAndTagged, right: G.same }, two), 'update from left: tags');
  for (const right of [G.tagged, G.written, G.anew]) {
    assert.equal(decided({ base: generic, left: G.same, right }), 'replace from right');
    assert.equal(decided({ base: generic, left: G.same, right }, { propagate: false }), 'unclear');
    assert.equal(decided({ base: generic, left: G.same, right }, { locked: { left: false, right: false } }), 'unclear');
    assert.equal(
      decided({ base: generic, left: G.same, right }, { ...two, locked: { left: false, right: false } }),
      'unclear',
    );
    assert.equal(decided({ base: generic, left: right, right: G.same }), 'unclear');
    assert.equal(decided({ base: generic, left: right }), 'deleted-and-changed');
  }
  assert.equal(decided({ base: generic, left: G.used }), 'delete from right');
  assert.equal(decided({ left: G.same, right: G.used }), 'unclear', 'no common state');
  assert.equal(decided({ left: G.same, right: G.same }), 'nothing', 'equal bytes');
  assert.equal(decided({ left: G.written, right: G.anew, base: generic }), 'unclear', 'on both sides');
  assert.equal(decided({ left: G.tagged, right: G.usedAndTagged, base: generic }), 'unclear');
  assert.equal(decided({ left: G.usedAndTagged, right: G.tagged, base: generic }), 'unclear');
});

test('a common state whose facts nobody read knows its bytes only', () => {
  const unread = base('k', key('one'), { facts: Buffer.alloc(0), material: undefined });
  const decision = decideKey({ id: keyId('k'), base: unread, left: STATES.used }, rules());
  assert.ok('reason' in decision && decision.reason.startsWith('deleted on oslo, written on bergen'), 'not: made anew');
  assert.equal(decided({ base: unread, left: STATES.same }), 'delete from right');
  assert.equal(decided({ base: unread, left: STATES.used }), 'deleted-and-changed');
  assert.equal(decided({ base: unread, left: STATES.same, right: STATES.used }), 'nothing');
});

test('a key that was used, shows no public part, and can be changed by others is not taken away on a guess', () => {
  const open = { locked: { left: false, right: false } };
  assert.equal(decided({ base: generic, left: G.used }, open), 'deleted-and-changed');
  assert.equal(decided({ base: generic, left: G.same }, open), 'delete from right');
  assert.equal(decided({ base: generic, left: G.used, right: G.pair }, open), 'other-key');
  assert.equal(decided({ base: generic, left: G.used, right: G.pair }), 'replace from right');
  assert.equal(decided({ base: was, left: STATES.used }, open), 'delete from right');
});

test('what both show alike is nothing to do, though the journal is behind', () => {
  const over = { keepPrimary: true };
  assert.equal(decided({ base: generic, left: G.usedAndTagged, right: G.usedAndTagged }, over), 'nothing');
  const more = state(key('generic', { operations: 7, tags: ['a'] }), 'more');
  assert.equal(decided({ base: generic, left: G.usedAndTagged, right: more }, over), 'nothing');
});

test('a key that became one of another kind was made anew', () => {
  assert.equal(decided({ base: generic, left: G.same, right: G.pair }), 'replace from right');
  assert.equal(decided({ base: was, left: STATES.same, right: G.anew }), 'replace from right');
  assert.equal(decided({ base: generic, left: G.written, right: G.pair }), 'other-key');
});

test('reasons name the devices, what each holds, and no value', () => {
  const tagged = state(key('one', { tags: ['secret-tag'], label: 'secret-label' }), 'x');
  const reasonOf = (triple: Omit<Triple, 'id'>, over: Partial<LinkRules> = {}): string => {
    const decision = decideKey({ id: keyId('k'), ...triple }, rules(over));
    assert.ok('reason' in decision, decision.kind);
    assert.doesNotMatch(decision.reason, /secret/);
    return decision.reason;
  };
  const other = reasonOf({ left: STATES.remade, right: tagged });
  assert.match(
    other,
    /^bergen holds EC_P256 key [0-9a-f]{8}, oslo EC_P256 key [0-9a-f]{8}: other public, tags, label$/,
  );
  assert.match(reasonOf({ base: was, left: STATES.labelled, right: tagged }), /bergen and on oslo .*: tags, label$/);
  assert.match(reasonOf({ base: was, left: tagged, right: STATES.same }), /replica bergen, not on oslo: tags, label$/);
  assert.match(reasonOf({ base: was, left: tagged }), /^deleted on oslo, changed on bergen/);
  assert.match(
    reasonOf({ base: was, left: STATES.same }, { doubt: 'oslo was restored' }),
    /not deleted on bergen: oslo was restored$/,
  );
  assert.match(
    reasonOf({ base: generic, left: G.written, right: G.same }),
    /^written on bergen, and a key without a public part/,
  );
});
