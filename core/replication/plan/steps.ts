import type { FactField } from '../../inventory/item.ts';
import { compareIds } from '../../inventory/item.ts';
import type { KeyId, Namespace, UserName } from '../../names.ts';
import type { LinkObservation } from './input.ts';
import type { Step } from './plan.ts';
import { type Proposal, userInTitle } from './proposal.ts';

/** What is safe before what: records first, keys are there before others go, and replicas are locked last. */
const ORDER: readonly Step['kind'][] = [
  'establish',
  'record',
  'clear-stand-ins',
  'create',
  'update',
  'replace',
  'users',
  'delete',
  'lock',
];

/** Steps in the order in which they are safe; those of one kind as they came. */
export const inOrder = (steps: readonly Step[]): Step[] =>
  [...steps].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));

/** Gathers what is of one kind, from one device onto another, with ids in order. */
export function stepsOf(proposals: readonly Proposal[], namespace: Namespace): Step[] {
  const groups = new Map<string, Proposal[]>();
  for (const proposal of [...proposals].sort((a, b) => compareIds(a.id, b.id))) {
    const kind = userInTitle(proposal.id) === undefined ? proposal.kind : 'users';
    const group = `${kind} ${proposal.from} ${proposal.device}`;
    const others = groups.get(group);
    if (others === undefined) groups.set(group, [proposal]);
    else others.push(proposal);
  }
  return [...groups.entries()].sort(([a], [b]) => compareIds(a, b)).map(([, group]) => stepOf(group, namespace));
}

function stepOf(group: readonly Proposal[], namespace: Namespace): Step {
  const { id, kind, from, device } = group[0] as Proposal;
  const way = { namespace, from, device };
  if (userInTitle(id) !== undefined) {
    const named = (wanted: Proposal['kind']): UserName[] =>
      group.filter((one) => one.kind === wanted).map((one) => userInTitle(one.id) as UserName);
    return { kind: 'users', ...way, create: named('create'), replace: named('replace'), delete: named('delete') };
  }
  const ids = group.map((one) => one.id as KeyId);
  if (kind === 'update') {
    const fields = Object.fromEntries(group.map((one) => [one.id, one.fields ?? []]));
    return { kind, ...way, ids, fields: fields as Record<KeyId, readonly FactField[]> };
  }
  if (kind === 'delete') {
    const moved = group.filter(({ movedTo }) => movedTo !== undefined).map((one) => [one.id, one.movedTo]);
    return { kind, ...way, ids, ...(moved.length > 0 && { moved: Object.fromEntries(moved) }) };
  }
  return { kind, ...way, ids };
}

/** Stand-ins of a broken run, by device. */
export function standInSteps(observations: readonly LinkObservation[], namespace: Namespace): Step[] {
  const left = new Map<string, Set<KeyId>>();
  for (const view of observations.flatMap((link) => [link.left, link.right])) {
    if (view.standIns.length === 0) continue;
    left.set(view.device, new Set([...(left.get(view.device) ?? []), ...view.standIns]));
  }
  return [...left.entries()].map(([device, ids]) => ({
    kind: 'clear-stand-ins',
    namespace,
    device,
    ids: [...ids].sort(compareIds),
  }));
}
