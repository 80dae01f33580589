/** What a seed is about: which sites write, how the manifest reads, who acts and what goes wrong. */
import { join } from 'node:path';
import type { KeyId } from '../../core/names.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { NAMESPACE } from './people.ts';
import { createRandom, type Random } from './world/random.ts';

export type Lie = 'append' | 'deletion' | 'removal' | 'user';

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
  /** How many ids a site uses: few, so that people get in each other's way. */
  ids: number;
  /** The most deeds between two runs. */
  deeds: number;
  /** What the devices of the story `liars` say that they did, and did not. */
  lie: Lie;
  /** How likely somebody acts, or something goes wrong, at each step. */
  rates: { acts: number; faults: number; crash: number; troubles: number; lies: number; resets: number };
  /** Keepers often make just those keys that are on their way. */
  spite: boolean;
  /** Whether the operator exchanges roles. */
  promotes: boolean;
  /** Both processes work with one journal, as an agent and a command line on one machine do. */
  isOneMachine: boolean;
  /** At the end nothing but the stream brings the sites together. */
  endsByStream: boolean;
  /** Something rare that is made to happen between rounds; without it, only chance does. */
  plot: keyof typeof PLOTS;
}

const PLOTS = {
  // These two came later: where they stand, they take their share of `none`, and all other seeds stay what they are.
  /** An agent streams for minutes, and starts again when it died, while all else goes on. */
  streamed: 3,
  /** A primary goes back in time, and a person exchanges roles, knowing no better or as the engine says. */
  exchanged: 3,
  none: 18,
  restored: 4,
  emptied: 3,
  'two promotions': 3,
  /** One epoch is claimed twice: a device that went back in time is promoted by somebody who knows no better. */
  'two heads': 3,
  'former primary': 3,
  /** Two processes always begin at once. */
  'two runs': 3,
  /** Keepers go on where another device has become primary. */
  'busy switchover': 3,
  /** The devices often say that they did what they did not. */
  liars: 3,
  /** A restore body is reset on its way, and nothing else goes wrong. */
  reset: 2,
} as const;

/** The plots that are about roles, and those about a primary that goes back in time: of one primary all of them. */
const ONE_WAY: readonly Story['plot'][] = [
  'restored',
  'emptied',
  'two promotions',
  'two heads',
  'former primary',
  'busy switchover',
  'exchanged',
];
const PROMOTES: readonly Story['plot'][] = [
  'two promotions',
  'two heads',
  'former primary',
  'busy switchover',
  'exchanged',
];

/** Those in which what they are about is all that goes wrong. */
const UNDISTURBED: readonly Story['plot'][] = ['two heads', 'two runs', 'busy switchover', 'liars', 'reset'];

/** Those in which deletions should come about. */
const DELETES: readonly Story['plot'][] = ['restored', 'emptied', 'liars'];

const OWNED = { bergen: /^(bergen|b)-/, oslo: /^(oslo|o)-/ } as const;

export function tellStory(seed: number, folder: string): Story {
  const chance = createRandom(seed, 'story');
  const plot = createRandom(seed, 'plot').weighted(PLOTS);
  const isOneWay = ONE_WAY.includes(plot);
  const kind = isOneWay ? 'one-way' : chance.weighted({ 'one-way': 6, owned: 2, shared: 2 });
  const calm = plot === 'none' && chance.chance(0.2);
  const propagates = isOneWay || DELETES.includes(plot) || chance.chance(0.7);
  const isUndisturbed = calm || UNDISTURBED.includes(plot) || (plot === 'exchanged' && chance.chance(0.6));
  const deletes = DELETES.includes(plot);
  const hasBackups = PROMOTES.includes(plot) || plot === 'streamed' || chance.chance(0.85);
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
    maxDeletions: deletes
      ? { keys: 10, percent: 100 }
      : chance.pick([
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
  const story: Story = {
    seed,
    kind,
    calm,
    policy,
    hasMetrics: deletes || chance.chance(0.9),
    controllers: plot === 'two promotions' || plot === 'two runs' || (!calm && chance.chance(0.3)) ? 2 : 1,
    rounds: plot === 'two heads' || plot === 'exchanged' ? 5 : plot === 'restored' ? 4 : 2 + chance.below(4),
    empty: chance.chance(0.3),
    keys: chance.below(plot === 'emptied' ? 4 : 10),
    ids: 14,
    deeds: plot === 'emptied' || plot === 'restored' ? 10 : chance.pick([2, 5, 10]),
    rates: {
      acts: calm ? 0 : chance.pick([0.002, 0.01, 0.03]),
      faults: isUndisturbed ? 0 : chance.pick([0, 0.005, 0.02, 0.05]),
      crash: isUndisturbed ? 0 : chance.pick([0, 0, 0.002, 0.01]),
      troubles: isUndisturbed ? 0 : chance.pick([0, 0.002, 0.005]),
      lies: plot === 'liars' ? 0.5 : 0,
      resets: plot === 'reset' ? 0.5 : 0,
    },
    lie: chance.weighted({ append: 3, deletion: 3, removal: 1, user: 3 }),
    spite: chance.chance(0.3),
    promotes: PROMOTES.includes(plot) || (kind === 'one-way' && chance.chance(0.35)),
    isOneMachine: false,
    endsByStream: false,
    plot,
  };
  return plot === 'streamed' ? streamed(story, chance) : story;
}

/** A stream takes many more steps than a run does, so less happens at each. */
function streamed(story: Story, chance: Random): Story {
  const controllers = chance.chance(0.6) ? 2 : 1;
  return {
    ...story,
    policy: {
      ...story.policy,
      replication: { mode: 'streaming', maxLag: chance.pick([90_000, 300_000, 600_000]) },
    },
    controllers,
    rounds: 1 + chance.below(3),
    ids: chance.pick([14, 60]),
    rates: {
      ...story.rates,
      acts: chance.pick([0.002, 0.005, 0.02]),
      faults: chance.pick([0, 0, 0.002, 0.01]),
      crash: chance.pick([0, 0, 0.0003, 0.001]),
      troubles: chance.pick([0, 0.0003, 0.001]),
    },
    promotes: story.kind === 'one-way' && chance.chance(0.5),
    isOneMachine: controllers === 2 && chance.chance(0.5),
    endsByStream: chance.chance(0.5),
  };
}
