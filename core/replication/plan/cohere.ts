import type { LinkPlan, Proposal } from './proposal.ts';

/**
 * Makes one of what the links of several writing sites propose, each looked at alone: nothing is done twice to one key
 * on a device, nothing is copied from a device where it is about to change, a key in conflict is not spread, and a key
 * that any site brings as new is deleted nowhere. What is left out is proposed again by the next run.
 */
export function cohere(plans: readonly LinkPlan[]): Pick<LinkPlan, 'proposals' | 'held'> {
  const held = plans.flatMap((plan) => plan.held);
  const hold = ({ id, kind, device, from }: Proposal, reason: string): void => {
    const isLoss = kind === 'delete' || kind === 'replace';
    held.push({ id, device, reason: `not brought from ${from}: ${reason}`, ...(isLoss && { countersOf: from }) });
  };
  const disputed = disputes(plans);
  const byId = new Map<string, Proposal[]>();
  for (const proposal of plans.flatMap((plan) => plan.proposals)) {
    const dispute = disputed.get(proposal.id);
    const others = byId.get(proposal.id);
    if (dispute !== undefined) hold(proposal, `it is in conflict between ${dispute}`);
    else if (others === undefined) byId.set(proposal.id, [proposal]);
    else others.push(proposal);
  }
  const proposals = [...byId.values()].flatMap((all) => {
    const kept = all.filter(({ kind }) => kind !== 'delete');
    if (kept.length === 0) return oncePerDevice(all, hold);
    for (const { id, device, from } of all.filter(({ kind }) => kind === 'delete')) {
      const reason = `gone on ${from}, but ${kept[0]?.from} brings it to ${kept[0]?.device}: not deleted`;
      held.push({ id, device, reason, countersOf: from });
    }
    return oncePerDevice(kept, hold);
  });
  return { proposals, held };
}

/** Ids that two sites changed since a state that both had. Where no such state is known, another link's may be: it goes on. */
const disputes = (plans: readonly LinkPlan[]): Map<string, string> =>
  new Map(
    plans.flatMap(({ conflicts }) =>
      conflicts
        .filter(({ known }) => known)
        .map(({ conflict: { id, devices } }) => [id, devices.join(' and ')] as const),
    ),
  );

function oncePerDevice(all: readonly Proposal[], hold: (proposal: Proposal, reason: string) => void): Proposal[] {
  const changing = new Set(all.map(({ device }) => device));
  const settled = all.filter(({ from }) => !changing.has(from));
  const first = new Map<string, Proposal>();
  for (const proposal of settled.length > 0 ? settled : all.slice(0, 1)) {
    if (!first.has(proposal.device)) first.set(proposal.device, proposal);
  }
  for (const proposal of all) {
    // Its evidence is of this run, so it has to be kept for the next.
    const waits = proposal.kind === 'replace' && !settled.includes(proposal) && first.get(proposal.device) !== proposal;
    if (waits) hold(proposal, `${proposal.from} is changed first`);
  }
  return [...first.values()];
}
