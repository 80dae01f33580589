import { isKept, isTakenBack } from '../kept.ts';
import { NOTHING } from './decision.ts';
import type { UserSide, UserTriple } from './input.ts';
import { type LinkRules, otherSide, type Side, trusted, whyUntrusted } from './link-rules.ts';
import type { Conflict } from './plan.ts';

/** What is to become of one Operator of a link. A deletion still needs its evidence. */
export type UserDecision =
  | { kind: 'nothing' }
  | { kind: 'create'; from: Side }
  /** Its whole value, onto a locked replica. */
  | { kind: 'overwrite'; from: Side }
  | { kind: 'delete'; from: Side }
  | { kind: 'conflict'; conflict: Conflict['kind']; reason: string }
  | { kind: 'held'; on: Side; reason: string };

/**
 * Decides on one Operator. Other roles never travel. An existing user is replaced whole (a passphrase can't be copied
 * otherwise), so only on a replica where nobody else can write.
 */
export function decideUser(user: UserTriple, rules: LinkRules): UserDecision {
  const { left, right } = user;
  if (left !== undefined && right !== undefined) return decideBoth(user, left, right, rules);
  const on: Side = left === undefined ? 'right' : 'left';
  const state = left ?? right;
  if (state?.role !== 'Operator') return NOTHING;
  const { primary } = rules;
  if (on === primary) return { kind: 'create', from: on };
  const base = trusted(user.base, rules);
  if (primary === undefined && (base === undefined || isTakenBack(base, on))) return { kind: 'create', from: on };
  if (user.base === undefined || !rules.propagate || isKept(user.base) || isTakenBack(user.base, on)) return NOTHING;
  return decideGone(on, base && state.sealed.equals(base[on]), rules);
}

/** `unchanged` is undefined when the journal is not believed. */
function decideGone(on: Side, unchanged: boolean | undefined, rules: LinkRules): UserDecision {
  const from = otherSide(on);
  const [here, there] = [rules.names[on], rules.names[from]];
  if (unchanged === undefined) {
    return { kind: 'held', on, reason: `gone on ${there}, not deleted on ${here}: ${whyUntrusted(rules)}` };
  }
  if (unchanged) return { kind: 'delete', from };
  return {
    kind: 'conflict',
    conflict: 'deleted-and-changed',
    reason: `deleted on ${there}, changed on ${here} (tags or passphrase) since both had it the same`,
  };
}

function decideBoth(user: UserTriple, left: UserSide, right: UserSide, rules: LinkRules): UserDecision {
  const { names, primary } = rules;
  if (left.role !== 'Operator' && right.role !== 'Operator') return NOTHING;
  if (left.role !== right.role) {
    const reason = `${article(left.role)} on ${names.left}, ${article(right.role)} on ${names.right}`;
    return { kind: 'conflict', conflict: 'unclear', reason };
  }
  if (left.sealed.equals(right.sealed)) return NOTHING;
  const base = user.base && isKept(user.base) ? undefined : trusted(user.base, rules);
  const changed = (['left', 'right'] as const).filter(
    (side) => base === undefined || !{ left, right }[side].sealed.equals(base[side]),
  );
  if (changed.length === 0) return NOTHING;
  if (primary !== undefined && rules.setBack[primary]) {
    const reason = `${names[primary]} was restored from an older state, so its tags or passphrase may be the older ones`;
    return { kind: 'held', on: otherSide(primary), reason };
  }
  const source = primary ?? changed[0] ?? 'left';
  const isPlain = changed.length === 1 ? changed[0] === source : base === undefined && primary !== undefined;
  if (!isPlain && !rules.keepPrimary) return userConflict(changed, base !== undefined, rules);
  const target = otherSide(source);
  if (rules.locked[target]) return { kind: 'overwrite', from: source };
  const reason = `changed on ${names[source]} (tags or passphrase); not replaced on ${names[target]} while others can write there`;
  return { kind: 'held', on: target, reason };
}

function userConflict(changed: readonly Side[], known: boolean, { names }: LinkRules): UserDecision {
  const where = changed.map((side) => names[side]).join(' and ');
  if (!known) {
    const reason = `differs on ${where} (tags or passphrase), and no common state is known that tells which is newer`;
    return { kind: 'conflict', conflict: 'unclear', reason };
  }
  const conflict = changed.length === 1 ? 'changed-on-replica' : 'changed-on-both';
  return { kind: 'conflict', conflict, reason: `changed on ${where} (tags or passphrase) since both had it the same` };
}

const article = (role: UserSide['role']): string => (/^[AO]/.test(role) ? `an ${role}` : `a ${role}`);
