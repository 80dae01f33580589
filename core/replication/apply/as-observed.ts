import type { KeyFacts } from '../../key-facts.ts';
import type { KeyId } from '../../names.ts';
import { factsDigest, sealedDigest } from '../digests.ts';
import type { Link } from '../journal/journal.ts';
import type { LinkObservation, SideState } from '../plan/input.ts';

/** How a key was on a device when a plan was made; undefined where it was not read, or nothing was observed. */
export type Observed = (link: Link, device: string, id: KeyId) => SideState | undefined;

/** Looks up keys that both devices of a link had, now or in the journal; nothing is gathered before one is asked for. */
export function observedStates(observations: readonly LinkObservation[]): Observed {
  const links = new Map<LinkObservation, Map<KeyId, LinkObservation['triples'][number]>>();
  return ({ left, right }, device, id) => {
    const observation = observations.find(({ link }) => link.left === left && link.right === right);
    if (observation === undefined) return undefined;
    let triples = links.get(observation);
    if (triples === undefined) {
      const shared = observation.triples.filter(({ left: a, right: b, base }) => base ?? (a && b));
      triples = new Map(shared.map((one) => [one.id, one]));
      links.set(observation, triples);
    }
    return triples.get(id)?.[device === left ? 'left' : 'right'];
  };
}

/** Whether a key shows what it showed then. Being used is no change. */
export const showsTheSame = (seen: SideState, facts: KeyFacts): boolean =>
  factsDigest(seen.facts).equals(factsDigest(facts));

/**
 * Whether a key is the one that was seen: its bytes are. What it shows says less, since it was read after the bytes were:
 * a key that was made anew between the two shows the new one.
 */
export const isAsSeen = (seen: SideState, value: Uint8Array): boolean => sealedDigest(value).equals(seen.sealed);
