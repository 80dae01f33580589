/** The code broken on purpose, each where three sites need a guard that two do not: the stories must find it. */
import type { Break } from '../simulation/breaks/break.ts';

export const CONTROLS: readonly Break[] = [
  {
    name: 'taken-out-is-gone',
    rule: 'what was brought to a site is no deletion of its own',
    changes: [
      {
        file: 'core/replication/apply/taken-out.ts',
        find: 'if (base === undefined || isKept(base)) continue;',
        put: 'if (base === undefined || isKept(base) || id !== undefined) continue;',
      },
    ],
  },
  {
    name: 'limit-by-pair',
    rule: 'maxDeletions is the limit of a device',
    changes: [
      {
        file: 'core/replication/plan/deletions.ts',
        find: 'if (count <= most) continue;',
        put: 'if (count <= most || most > 0) continue;',
      },
    ],
  },
];
