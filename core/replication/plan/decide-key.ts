import type { Base } from '../journal/journal.ts';
import { isKept, isTakenBack } from '../kept.ts';
import { changeSince, mayBeAnother } from './change.ts';
import { decideBoth } from './decide-both.ts';
import { type KeyDecision, NOTHING } from './decision.ts';
import type { SideState, Triple } from './input.ts';
import { type LinkRules, otherSide, type Side, trusted, whyUntrusted } from './link-rules.ts';
import * as reasons from './reasons.ts';

/**
 * Decides on one key of a link. `reserved` are the sides where a stand-in holds its place: there, it is not gone.
 */
export function decideKey(triple: Triple, rules: LinkRules, reserved: ReadonlySet<Side> = new Set()): KeyDecision {
  const { left, right } = triple;
  if (left !== undefined && right !== undefined) return decideBoth(triple, left, right, rules);
  if (left === undefined && right === undefined) return NOTHING;
  const present: Side = left === undefined ? 'right' : 'left';
  const state = (left ?? right) as SideState;
  const base = reserved.has(otherSide(present)) ? undefined : triple.base;
  return rules.primary === undefined
    ? decideOneOfTwo(present, state, trusted(base, rules), rules)
    : decideOneOfReplica(present, state, base, rules);
}

/** One-way: the primary's keys go to the replica; a key that the primary lost stays until all says that it was deleted. */
function decideOneOfReplica(on: Side, state: SideState, known: Base | undefined, rules: LinkRules): KeyDecision {
  if (on === rules.primary) return { kind: 'create', from: on };
  const isNoDeletion = known !== undefined && (isKept(known) || isTakenBack(known, on));
  if (known === undefined || !rules.propagate || isNoDeletion) return { kind: 'extra', on };
  const base = trusted(known, rules);
  if (base === undefined) {
    return { kind: 'held', on, reason: reasons.goneUntrusted(rules, otherSide(on), whyUntrusted(rules)) };
  }
  return decideGone(on, state, base, rules);
}

/** Two-way: what is on one side only is new there, unless both had it. A deletion that the manifest does not follow stays one. */
function decideOneOfTwo(on: Side, state: SideState, base: Base | undefined, rules: LinkRules): KeyDecision {
  if (base === undefined || isTakenBack(base, on)) return { kind: 'create', from: on };
  if (isKept(base)) return { kind: 'extra', on };
  const decision = decideGone(on, state, base, rules);
  return decision.kind === 'delete' && !rules.propagate ? { kind: 'extra', on } : decision;
}

function decideGone(on: Side, state: SideState, base: Base, rules: LinkRules): KeyDecision {
  const from = otherSide(on);
  const change = changeSince(base, on, state);
  if (change === 'same' && (rules.locked[on] || !mayBeAnother(base, on, state))) return { kind: 'delete', from };
  return { kind: 'conflict', conflict: 'deleted-and-changed', reason: reasons.deletedAndChanged(rules, from, change) };
}
