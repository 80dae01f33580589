import { Problem } from '../problem.ts';
import type { Target } from './target.ts';

/** Throws a Problem `refused` when a target could never open what the origin sealed. */
export function requireSameDomain(
  target: Pick<Target, 'domain' | 'session'>,
  origin: { place: string; domain: string },
): void {
  if (target.domain === origin.domain) return;
  throw new Problem({
    kind: 'refused',
    place: target.session.name,
    cause: `it has another Domain Key than ${origin.place}, so it could never open these entries`,
    remedy: 'Pair the devices first (pair), or check that this is the right device',
  });
}
