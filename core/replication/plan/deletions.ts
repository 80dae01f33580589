import type { Policy } from '../policy.ts';
import type { SideView } from './input.ts';
import { type LinkPlan, type Proposal, userInTitle } from './proposal.ts';

/** What would be taken away on one side of a link because it went on the other. */
export interface Losses {
  /** Where they went. */
  source: SideView;
  /** Where they would be deleted. */
  target: SideView;
  /** Keys that are gone on the source. */
  gone: number;
  /** Keys that were made anew there: their copies give way to a replacement. */
  remade: number;
  /** Users that are gone. */
  users: number;
}

/** The most keys that a run may take away on a device. */
export const mostDeletions = ({ maxDeletions }: Policy, keys: number): number =>
  Math.min(maxDeletions.keys, Math.ceil((maxDeletions.percent / 100) * keys));

/**
 * Why what went on the source must not be deleted on the target, each reason in words; none when all evidence is there.
 * It speaks for all of it: a run that would delete one too many deletes nothing. That each key was seen before, and that
 * the marks are ours, was looked at key by key.
 */
export function whyNoDeletions({ source, target, gone, remade, users }: Losses, policy: Policy): string[] {
  const why: string[] = [];
  if (policy.deletions !== 'propagate') why.push('the manifest does not say `deletions: propagate`');
  for (const { device, judgement } of [source, target]) {
    if (judgement !== 'continuous') why.push(`what the journal knows of ${device} does not reach to its state now`);
  }
  if (!source.hasNamespace) why.push(`the namespace is gone on ${source.device}`);
  else if (source.keys === 0) why.push(`${source.device} lists no key at all`);
  if (!source.listingComplete) why.push(`keys came or went on ${source.device} while it was read`);
  const writes = gone + remade + users;
  const rise = source.writeRise;
  if (rise === undefined) {
    why.push(`writes on ${source.device} could not be counted (no Metrics user, or a reboot since the last run)`);
  } else if (rise < writes) {
    why.push(`writes on ${source.device} rose by ${rise} since the last run, this takes ${writes}`);
  }
  const most = mostDeletions(policy, target.keys);
  if (gone + remade > most) {
    why.push(`${gone + remade} keys are more than maxDeletions allows (${most} of ${target.keys} on ${target.device})`);
  }
  if (users > policy.maxDeletions.keys) {
    why.push(`${users} users are more than maxDeletions allows (${policy.maxDeletions.keys})`);
  }
  return why;
}

/**
 * What several sites together would take away on one device, each within the limit alone: all of it is held where it is
 * more than a run may take away there. `keys` are how many each device has.
 */
export function limitTogether(
  { proposals, held }: Pick<LinkPlan, 'proposals' | 'held'>,
  policy: Policy,
  keys: ReadonlyMap<string, number>,
): Pick<LinkPlan, 'proposals' | 'held'> {
  const losses = Map.groupBy(proposals.filter(isLoss), ({ device }) => device);
  const tooMany = new Map<string, string>();
  for (const [device, all] of losses) {
    const count = new Set(all.map(({ id }) => id)).size;
    const there = keys.get(device) ?? 0;
    const most = mostDeletions(policy, there);
    if (count <= most) continue;
    tooMany.set(
      device,
      `${count} keys from all sites are more than maxDeletions allows (${most} of ${there} on ${device})`,
    );
  }
  const isHeld = (proposal: Proposal): boolean => isLoss(proposal) && tooMany.has(proposal.device);
  return {
    proposals: proposals.filter((proposal) => !isHeld(proposal)),
    held: [
      ...held,
      ...proposals.filter(isHeld).map(({ id, device, from, kind }) => ({
        id,
        device,
        reason: `${kind === 'delete' ? 'gone' : 'made anew'} on ${from}, not taken away on ${device}: ${tooMany.get(device)}`,
        countersOf: from,
      })),
    ],
  };
}

const isLoss = ({ kind, id }: Proposal): boolean =>
  (kind === 'delete' || kind === 'replace') && userInTitle(id) === undefined;
