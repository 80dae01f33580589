import { namespaceTitle } from '../names.ts';
import { Problem } from '../problem.ts';
import type { Policy } from './policy.ts';

/** Throws a Problem `partial` for a report that ended early: whoever asked tries again. */
export function requireEnded({ namespace }: Policy, { stopped }: { stopped?: string }): void {
  if (stopped === undefined) return;
  throw new Problem({
    kind: 'partial',
    place: namespaceTitle(namespace),
    cause: `it ended early: ${stopped.replace(/\.$/, '')}`,
    remedy: 'It is tried again by itself',
  });
}
