/** The code broken on purpose, each where three sites need a guard that two do not: the stories must find it. */
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
    seed: 1,
    changes: [
      {
        file: 'core/replication/apply/taken-out.ts',
        find: 'isSameLink(each, link) ? followedBase(base, otherSide(side)) :',
        put: 'isSameLink(each, link) ? base :',
      },
    ],
  },
  {
    name: 'base-of-others-stays',
    rule: 'of a device that went back in time nothing is known, on its links with others too',
    seed: 1,
    changes: [
      {
        file: 'core/replication/apply/doubted.ts',
        find: 'if (!told.some((one) => isSameLink(one.link, other))) journal.forgetBases(other);',
        put: '',
      },
    ],
  },
  {
    name: 'new-base-of-what-left',
    rule: 'what a device lacks that went back since it was compared is no deletion later',
    seed: 1,
    changes: [
      {
        file: 'core/replication/apply/listed-anew.ts',
        find: 'if (!isNews) return () => true;',
        put: 'if (!isNews || learnt !== undefined) return () => true;',
      },
    ],
  },
  {
    name: 'new-key-deleted',
    rule: 'a key that any site brings as new is deleted nowhere in that run',
    seed: 1,
    changes: [
      {
        file: 'core/replication/plan/cohere.ts',
        find: 'if (kept.length === 0) return oncePerDevice(all, hold);',
        put: 'if (kept.length < 9) return oncePerDevice(all, hold);',
      },
    ],
  },
  {
    name: 'absence-believed',
    rule: 'a base is believed only where the marks on both devices are ours',
    seed: 1,
    changes: [
      {
        file: 'core/replication/plan/link-rules.ts',
        find: 'if (base === undefined || rules.doubt !== undefined) return undefined;',
        put: 'if (base === undefined) return undefined;',
      },
      {
        file: 'core/replication/plan/deletions.ts',
        find: "if (judgement !== 'continuous') why.push",
        put: "if (judgement === 'first') why.push",
      },
    ],
  },
  {
    name: 'limit-by-pair',
    rule: 'maxDeletions is the limit of a device',
    seed: 1,
    changes: [
      {
        file: 'core/replication/plan/deletions.ts',
        find: 'if (count <= most) continue;',
        put: 'if (count <= most || most > 0) continue;',
      },
    ],
  },
];
