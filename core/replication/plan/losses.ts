import type { KeyId } from '../../names.ts';
import { materialDigest } from '../digests.ts';
import type { Policy } from '../policy.ts';
import { whyNoDeletions } from './deletions.ts';
import type { LinkObservation } from './input.ts';
import { otherSide, type Side } from './link-rules.ts';
import type { Conflict } from './plan.ts';
import type { Decided, LinkPlan } from './proposal.ts';

/**
 * Puts down what went or was made anew on one side of a link: all of it with all the evidence, else none of it.
 */
export function proposeLosses(
  from: Side,
  decided: readonly Decided[],
  observation: LinkObservation,
  policy: Policy,
  plan: LinkPlan,
): void {
  const on = otherSide(from);
  const [source, target] = [observation[from], observation[on]];
  const gone = decided.filter(({ decision }) => decision.kind === 'delete' && decision.from === from);
  const remade = decided.filter(({ decision }) => decision.kind === 'replace' && decision.from === from);
  if (gone.length + remade.length === 0) return;
  const keys = gone.filter(({ triple }) => triple !== undefined).length;
  const losses = { source, target, gone: keys, remade: remade.length, users: gone.length - keys };
  const why = whyNoDeletions(losses, policy).join('; ');
  const way = { from: source.device, device: target.device };
  const homes = newHomes(from, decided);
  for (const one of gone) {
    const home = homes.get(one.triple?.base?.material?.toString('hex') ?? '');
    const moved = home === undefined ? '' : ` (moved to ${home.id} there)`;
    const hold = (reason: string): void => {
      const what = `gone on ${source.device}${moved}, not deleted on ${target.device}`;
      const countersOf = source.device;
      plan.held.push({ device: target.device, id: one.id, reason: `${what}: ${reason}`, countersOf });
    };
    if (why !== '') hold(why);
    else if (home?.decision.kind === 'conflict' || home?.decision.kind === 'held')
      hold('the new id waits for a person');
    else plan.proposals.push({ id: one.id, kind: 'delete', ...way, ...(home && { movedTo: home.id as KeyId }) });
  }
  for (const { id, decision } of remade) {
    if (why === '') plan.proposals.push({ id, kind: 'replace', ...way });
    else if (decision.kind === 'replace') {
      const reason = `${decision.reason}; not replaced on ${target.device}: ${why}`;
      plan.conflicts.push({ known: true, conflict: conflictOf(id, { ...decision, reason }, observation, policy) });
    }
  }
}

/** Keys that are new on a side, by the digest of their material: where a key that went may live on. */
function newHomes(side: Side, decided: readonly Decided[]): Map<string, Decided> {
  const homes = new Map<string, Decided>();
  for (const one of decided) {
    const state = one.known ? undefined : one.triple?.[side];
    const material = state && materialDigest(state.facts);
    if (material !== undefined) homes.set(material.toString('hex'), one);
  }
  return homes;
}

/** A decision that is left to a person. */
export const conflictOf = (
  id: string,
  { conflict, reason }: { conflict: Conflict['kind']; reason: string },
  { link }: LinkObservation,
  { namespace }: Policy,
): Conflict => ({ namespace, id, devices: [link.left, link.right], kind: conflict, reason });
