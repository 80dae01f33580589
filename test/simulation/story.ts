/** What a seed is about: which sites write, how the manifest reads, who acts and what goes wrong. */
import { join } from 'node:path';
import type { KeyId } from '../../core/names.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { NAMESPACE } from './people.ts';
import { createRandom } from './world/random.ts';

export interface Story {
  seed: number;
  kind: 'one-way' | 'owned' | 'shared';
  /** Nothing goes wrong, and people work between runs only: then the outcome is known exactly. */
  calm: boolean;
  policy: Policy;
  hasMetrics: boolean;
  controllers: 1 | 2;
  rounds: number;
  /** Whether the other device begins without the namespace. */
  empty: boolean;
  /** How many keys there are at first. */
  keys: number;
  /** The most deeds between two runs. */
  deeds: number;
  /** How likely somebody acts, or something goes wrong, at each step. */
  rates: { acts: number; faults: number; crash: number; troubles: number };
  /** Keepers often make just those keys that are on their way. */
  spite: boolean;
  /** Whether the operator exchanges roles. */
  promotes: boolean;
  /** Something rare that is made to happen between rounds; without it, only chance does. */
  plot: 'none' | 'restored' | 'emptied' | 'two promotions' | 'former primary';
}

const PLOTS = { none: 12, restored: 2, emptied: 2, 'two promotions': 2, 'former primary': 2 } as const;

const OWNED = { bergen: /^(bergen|b)-/, oslo: /^(oslo|o)-/ } as const;

export function tellStory(seed: number, folder: string): Story {
  const chance = createRandom(seed, 'story');
  const plot = createRandom(seed, 'plot').weighted(PLOTS);
  const kind = plot === 'none' ? chance.weighted({ 'one-way': 6, owned: 2, shared: 2 }) : 'one-way';
  const calm = plot === 'none' && chance.chance(0.2);
  const propagates = plot !== 'none' || chance.chance(0.7);
  const hasBackups = chance.chance(0.85);
  const policy: Policy = {
    namespace: NAMESPACE,
    sites:
      kind === 'one-way'
        ? { kind: 'one-way', primary: 'oslo', replicas: ['bergen'] }
        : {
            kind: 'two-way',
            sites: (['bergen', 'oslo'] as const).map((device) => ({
              device,
              owns: (id: KeyId) => kind === 'owned' && OWNED[device].test(id),
            })),
          },
    includes: (id) => !id.startsWith('scratch'),
    deletions: propagates ? 'propagate' : 'keep',
    maxDeletions: chance.pick([
      { keys: 10, percent: 100 },
      { keys: 3, percent: 30 },
      { keys: 1, percent: 100 },
    ]),
    users: chance.chance(0.7) ? 'operators' : 'none',
    conflicts: kind === 'one-way' && chance.chance(0.4) ? 'keepPrimary' : 'stop',
    transfer: 'sealed',
    replication: { mode: 'manual' },
    ...(hasBackups && { backups: { directory: join(folder, 'backups') } }),
  };
  return {
    seed,
    kind,
    calm,
    policy,
    hasMetrics: chance.chance(0.9),
    controllers: plot === 'two promotions' || (!calm && chance.chance(0.3)) ? 2 : 1,
    rounds: 2 + chance.below(4),
    empty: chance.chance(0.3),
    keys: chance.below(10),
    deeds: chance.pick([2, 5, 10]),
    rates: {
      acts: calm ? 0 : chance.pick([0.002, 0.01, 0.03]),
      faults: calm ? 0 : chance.pick([0, 0.005, 0.02, 0.05]),
      crash: calm ? 0 : chance.pick([0, 0, 0.002, 0.01]),
      troubles: calm ? 0 : chance.pick([0, 0.002, 0.005]),
    },
    spite: chance.chance(0.3),
    promotes: plot === 'two promotions' || plot === 'former primary' || (kind === 'one-way' && chance.chance(0.35)),
    plot,
  };
}
