/** What a seed is about. */
import { join } from 'node:path';
import type { KeyId } from '../../core/names.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { NAMESPACE } from '../simulation/people.ts';
import { createRandom } from '../simulation/world/random.ts';
import { NAMES } from './devices.ts';
import type { Plot } from './plots.ts';

export interface Story {
  /** Who makes keys, and under which ids: one site; all, of shared ids, of ids of their own, or of ids that devices draw. */
  kind: 'one-way' | 'shared' | 'owned' | 'drawn';
  policy: Policy;
  /** Each has a journal of its own. */
  controllers: 1 | 2;
  rounds: number;
  /** Whether devices go back in time, journals are lost, and people decide for the manifest's limits. */
  calm: boolean;
  /** How likely a process dies at a request or at a write to its journal. */
  crash: number;
  /** How likely a site is cut off in the middle of a run. */
  cuts: number;
  plot: Plot;
}

const LIMITS = [
  { keys: 1, percent: 100 },
  { keys: 2, percent: 100 },
  { keys: 10, percent: 40 },
  { keys: 10, percent: 100 },
];

export function tellStory(seed: number, folder: string): Story {
  const chance = createRandom(seed, 'three sites');
  const plot = createRandom(seed, 'plot').weighted({
    none: 8,
    'taken back': 2,
    'taken back after a cut': 1,
    'at two sites': 1,
    'made anew': 1,
    restored: 1,
    'restored after a new key': 1,
  });
  const kind = chance.weighted({ 'one-way': plot === 'none' ? 5 : 1, shared: 4, owned: 1, drawn: 1 });
  const calm = chance.chance(plot === 'none' ? 0.25 : 0.6);
  const policy: Policy = {
    namespace: NAMESPACE,
    sites:
      kind === 'one-way'
        ? { kind: 'one-way', primary: 'oslo', replicas: ['bergen', 'tromso'] }
        : {
            kind: 'two-way',
            sites: NAMES.map((device) => ({
              device,
              owns: (id: KeyId) => kind === 'owned' && id.startsWith(`${device}-`),
            })),
          },
    includes: (id) => !id.startsWith('scratch'),
    deletions: chance.chance(0.85) ? 'propagate' : 'keep',
    maxDeletions: chance.pick(plot === 'at two sites' ? LIMITS.slice(0, 1) : LIMITS),
    users: chance.chance(0.3) ? 'operators' : 'none',
    conflicts: kind === 'one-way' && chance.chance(0.5) ? 'keepPrimary' : 'stop',
    transfer: 'sealed',
    replication: { mode: 'manual' },
    backups: { directory: join(folder, 'backups') },
  };
  return {
    kind,
    policy,
    controllers: chance.chance(calm ? 0.2 : 0.4) ? 2 : 1,
    rounds: 5 + chance.below(10),
    calm,
    crash: calm ? 0 : chance.pick([0, 0, 0.003, 0.01]),
    cuts: calm ? 0 : chance.pick([0, 0.2, 0.5]),
    plot,
  };
}

export const titleOf = ({ kind, policy, controllers, rounds, calm, crash, cuts, plot }: Story): string =>
  [
    kind,
    calm ? 'calm' : `crash ${crash} cuts ${cuts}`,
    policy.deletions,
    `${policy.maxDeletions.keys}/${policy.maxDeletions.percent}%`,
    `conflicts ${policy.conflicts}`,
    `users ${policy.users}`,
    `${controllers} controllers`,
    `${rounds} rounds`,
    `plot ${plot}`,
  ].join(', ');
