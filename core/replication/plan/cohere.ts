import type { LinkPlan, Proposal } from './proposal.ts';

/**
 * Makes one of what the links of several writing sites propose, each looked at alone: nothing is done twice to one key
 * on a device, nothing is copied from a device where it is about to change, a key in conflict is not spread, and a key
 * that any site brings as new is deleted nowhere. What is left out is proposed again by the next run.
 */
export function cohere(plans: readonly LinkPlan[]): Pick<LinkPlan, 'proposals' | 'held'> {
  const held = plans.flatMap((plan) => plan.held);
  // Where no common state is known, another link's may be: what that one says goes on.
  const disputed = new Set(
    plans.flatMap(({ conflicts }) => conflicts.filter(({ known }) => known).map(({ conflict }) => conflict.id)),
  );
  const byId = new Map<string, Proposal[]>();
  for (const proposal of plans.flatMap((plan) => plan.proposals)) {
    if (disputed.has(proposal.id)) continue;
    const others = byId.get(proposal.id);
    if (others === undefined) byId.set(proposal.id, [proposal]);
    else others.push(proposal);
  }
  const proposals: Proposal[] = [];
  for (const all of byId.values()) {
    const kept = all.filter(({ kind }) => kind !== 'delete');
    const deletions = all.filter(({ kind }) => kind === 'delete');
    if (kept.length > 0)
      for (const { id, device, from } of deletions) held.push({ id, device, reason: keptBy(from, kept) });
    proposals.push(...oncePerDevice(kept.length > 0 ? kept : deletions));
  }
  return { proposals, held };
}

const keptBy = (gone: string, [first]: readonly Proposal[]): string =>
  `gone on ${gone}, but ${first?.from} brings it to ${first?.device}: not deleted`;

function oncePerDevice(proposals: readonly Proposal[]): Proposal[] {
  const changing = new Set(proposals.map(({ device }) => device));
  const settled = proposals.filter(({ from, kind }) => kind === 'delete' || !changing.has(from));
  const first = new Map<string, Proposal>();
  for (const proposal of settled.length > 0 ? settled : proposals.slice(0, 1)) {
    if (!first.has(proposal.device)) first.set(proposal.device, proposal);
  }
  return [...first.values()];
}
