import { type KeyId, ROOT } from '../../names.ts';
import type { Policy } from '../policy.ts';
import type { RoleView } from '../roles/read-roles.ts';
import { decideKey } from './decide-key.ts';
import { decideUser } from './decide-user.ts';
import type { KeyDecision } from './decision.ts';
import type { LinkObservation, SideView } from './input.ts';
import { doubtOf, isSetBack, type LinkRules, otherSide, type Side, trusted } from './link-rules.ts';
import { conflictOf, proposeLosses } from './losses.ts';
import { type Decided, type LinkPlan, userTitle } from './proposal.ts';

const SIDES = ['left', 'right'] as const;

/** What would be done on a link, looked at alone. */
export function planLink(observation: LinkObservation, policy: Policy, roles: RoleView): LinkPlan {
  const rules = rulesOf(observation, policy, roles);
  const decided = [...decideKeys(observation, policy, rules), ...decideUsers(observation, policy, rules)];
  const plan: LinkPlan = { proposals: [], conflicts: [], held: [], extra: [] };
  for (const one of decided) propose(one, observation, policy, plan);
  for (const from of SIDES) proposeLosses(from, decided, observation, policy, plan);
  return plan;
}

function rulesOf({ link, left, right }: LinkObservation, policy: Policy, roles: RoleView): LinkRules {
  const { sites, namespace } = policy;
  const primary = sites.kind === 'one-way' ? SIDES.find((side) => link[side] === sites.primary) : undefined;
  const isLocked = (side: Side): boolean =>
    primary === otherSide(side) && namespace !== ROOT && roles.devices.get(link[side])?.keepers.length === 0;
  return {
    names: { left: link.left, right: link.right },
    primary,
    propagate: policy.deletions === 'propagate',
    keepPrimary: primary !== undefined && policy.conflicts === 'keepPrimary',
    doubt: doubtOf(left) ?? doubtOf(right),
    generations: { left: left.mark?.generation ?? 0, right: right.mark?.generation ?? 0 },
    setBack: { left: isSetBack(left), right: isSetBack(right) },
    locked: { left: isLocked('left'), right: isLocked('right') },
  };
}

function decideKeys({ left, right, triples }: LinkObservation, policy: Policy, rules: LinkRules): Decided[] {
  const closed = new Map([...unreadableOf('left', left), ...unreadableOf('right', right)]);
  const standIns = { left: new Set(left.standIns), right: new Set(right.standIns) };
  const decided = triples.map((triple): Decided => {
    const reserved = new Set(SIDES.filter((side) => standIns[side].has(triple.id)));
    const known = trusted(triple.base, rules) !== undefined;
    const held = closed.get(triple.id);
    closed.delete(triple.id);
    return { id: triple.id, triple, known, decision: held ?? decideKey(triple, rules, reserved) };
  });
  for (const [id, decision] of closed) decided.push({ id, known: false, decision });
  return decided.filter(({ id }) => policy.includes(id as KeyId));
}

/** Nobody can tell what such a key is, so its id is left alone on both sides. */
const unreadableOf = (on: Side, { device, unreadable }: SideView): [KeyId, KeyDecision][] =>
  unreadable.map((id) => {
    const reason = `listed on ${device}, which can not open it (sealed under another Domain Key?)`;
    return [id, { kind: 'held', on, reason }];
  });

function decideUsers({ users }: LinkObservation, policy: Policy, rules: LinkRules): Decided[] {
  if (policy.users === 'none' || policy.namespace === ROOT) return [];
  return users.map((user) => {
    const known = trusted(user.base, rules) !== undefined;
    return { id: userTitle(user.name), known, decision: decideUser(user, rules) };
  });
}

/** Puts down what needs no more evidence. */
function propose(decided: Decided, observation: LinkObservation, policy: Policy, plan: LinkPlan): void {
  const { id, decision, known, triple } = decided;
  switch (decision.kind) {
    case 'create':
    case 'update':
    case 'overwrite': {
      const way = { from: observation[decision.from].device, device: observation[otherSide(decision.from)].device };
      const fields = decision.kind === 'update' ? { fields: decision.fields } : {};
      plan.proposals.push({ id, kind: decision.kind === 'overwrite' ? 'replace' : decision.kind, ...way, ...fields });
      return;
    }
    case 'extra':
      if (triple !== undefined) plan.extra.push({ device: observation[decision.on].device, id: triple.id });
      return;
    case 'held':
      plan.held.push({ device: observation[decision.on].device, id, reason: decision.reason });
      return;
    case 'conflict':
      plan.conflicts.push({ known, conflict: conflictOf(id, decision, observation, policy) });
  }
}
