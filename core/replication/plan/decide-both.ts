import { type Change, changeSince, mayBeAnother, type Relation, relationOf } from './change.ts';
import { type KeyDecision, NOTHING } from './decision.ts';
import type { SideState, Triple } from './input.ts';
import { type LinkRules, otherSide, type Side, trusted } from './link-rules.ts';
import * as reasons from './reasons.ts';

/** What the change of two sides comes to. */
type Cell =
  | 'nothing'
  | 'update'
  | 'replace'
  | 'replace-if-locked'
  | 'target-only'
  | 'both-changed'
  | 'other-key'
  | 'unclear';

/** Rows: what became of the key on the source. Columns: on the target. Where both sites write, whichever changed is the source. */
export const BOTH_THERE: Readonly<Record<Change, Readonly<Record<Change, Cell>>>> = {
  same: { same: 'nothing', metadata: 'target-only', remade: 'target-only', unclear: 'target-only' },
  metadata: { same: 'update', metadata: 'both-changed', remade: 'other-key', unclear: 'unclear' },
  remade: { same: 'replace', metadata: 'other-key', remade: 'other-key', unclear: 'other-key' },
  unclear: { same: 'replace-if-locked', metadata: 'unclear', remade: 'other-key', unclear: 'unclear' },
};

/** Decides on a key that both sides have. */
export function decideBoth(triple: Triple, left: SideState, right: SideState, rules: LinkRules): KeyDecision {
  const relation = relationOf(left, right);
  if (relation.kind === 'equal') return NOTHING;
  const base = trusted(triple.base, rules);
  if (base === undefined) return decideWithoutBase(left, right, relation, rules);
  const changes = {
    left: changeBeside(relation, changeSince(base, 'left', left)),
    right: changeBeside(relation, changeSince(base, 'right', right)),
  };
  // Both show the same, and uses explain their bytes.
  if (relation.fields.length === 0 && isExplained(changes.left) && isExplained(changes.right)) return NOTHING;
  const source = rules.primary ?? (changes.left === 'same' ? 'right' : 'left');
  const target = otherSide(source);
  const cell = BOTH_THERE[changes[source]][changes[target]];
  const isSure = rules.locked[target] || !mayBeAnother(base, target, { left, right }[target]);
  return settle(cell === 'replace' && !isSure ? 'other-key' : cell, source, changes, relation, { left, right }, rules);
}

const isExplained = (change: Change): boolean => change === 'same' || change === 'metadata';

/** The mechanisms of a key can't be changed, so one that differs in them was made anew; no digest of the base shows that. */
const changeBeside = (relation: Relation, change: Change): Change =>
  relation.kind === 'other-key' && change !== 'same' ? 'remade' : change;

function settle(
  cell: Cell,
  source: Side,
  changes: Record<Side, Change>,
  relation: Exclude<Relation, { kind: 'equal' }>,
  states: Record<Side, SideState>,
  rules: LinkRules,
): KeyDecision {
  const { fields } = relation;
  const target = otherSide(source);
  const otherKey: KeyDecision = {
    kind: 'conflict',
    conflict: 'other-key',
    reason: reasons.otherKey(rules, states, fields),
  };
  const unclear: KeyDecision = { kind: 'conflict', conflict: 'unclear', reason: reasons.unclear(rules, changes) };
  switch (cell) {
    case 'nothing':
      return NOTHING;
    case 'update':
      return { kind: 'update', from: source, fields };
    case 'replace':
      return rules.propagate ? { ...otherKey, kind: 'replace', from: source } : otherKey;
    case 'replace-if-locked':
      return rules.propagate && rules.locked[target] ? { ...unclear, kind: 'replace', from: source } : unclear;
    case 'target-only':
      if (changes[target] === 'remade') return otherKey;
      if (changes[target] === 'unclear') return unclear;
      if (rules.keepPrimary) return { kind: 'update', from: source, fields };
      return {
        kind: 'conflict',
        conflict: 'changed-on-replica',
        reason: reasons.changedOnReplica(rules, source, fields),
      };
    case 'both-changed':
      if (rules.keepPrimary) return { kind: 'update', from: source, fields };
      return { kind: 'conflict', conflict: 'changed-on-both', reason: reasons.changedOnBoth(rules, fields) };
    case 'other-key':
      return relation.kind === 'metadata' ? settle('both-changed', source, changes, relation, states, rules) : otherKey;
    case 'unclear':
      return unclear;
  }
}

/** Nobody knows what both sides last had in common. */
function decideWithoutBase(
  left: SideState,
  right: SideState,
  relation: Exclude<Relation, { kind: 'equal' }>,
  rules: LinkRules,
): KeyDecision {
  if (relation.kind === 'other-key') {
    return {
      kind: 'conflict',
      conflict: 'other-key',
      reason: reasons.otherKey(rules, { left, right }, relation.fields),
    };
  }
  if (relation.kind === 'unclear') {
    return { kind: 'conflict', conflict: 'unclear', reason: reasons.unclearWithoutBase(rules) };
  }
  const { primary } = rules;
  if (primary === undefined) {
    return { kind: 'conflict', conflict: 'unclear', reason: reasons.differWithoutBase(rules, relation.fields) };
  }
  if (rules.setBack[primary]) {
    return { kind: 'held', on: otherSide(primary), reason: reasons.primaryRestored(rules, primary, relation.fields) };
  }
  return { kind: 'update', from: primary, fields: relation.fields };
}
