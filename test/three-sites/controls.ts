/** The code broken on purpose, each where three sites need a guard that two do not, or where a run broke off: the stories must find it. */
import type { Break } from '../simulation/breaks/break.ts';

/** A control, and a story that finds it. */
interface Control extends Break {
  seed: number;
}

export const CONTROLS: readonly Control[] = [
  {
    name: 'taken-out-is-gone',
    rule: 'what was brought to a site is no deletion of its own',
    seed: 1,
    changes: [
      {
        file: 'core/replication/apply/taken-out.ts',
        find: 'followedBase(base, otherSide(side)) : keptBase(base, side);',
        put: 'followedBase(base, otherSide(side)) : base;',
      },
    ],
  },
  {
    name: 'half-deleted-is-gone',
    rule: 'what a run deleted just before it broke off is no deletion of that site',
    seed: 11,
    changes: [
      {
        file: 'core/replication/apply/taken-out.ts',
        find: 'isSameLink(each, link) ? followedBase(base, otherSide(side)) :',
        put: 'isSameLink(each, link) ? base :',
      },
    ],
  },
  {
    name: 'limit-by-pair',
    rule: 'maxDeletions is the limit of a device',
    seed: 154,
    changes: [
      {
        file: 'core/replication/plan/deletions.ts',
        find: 'if (count <= most) continue;',
        put: 'if (count <= most || most > 0) continue;',
      },
    ],
  },
];
