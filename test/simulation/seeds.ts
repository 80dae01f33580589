/** Many seeds, one after the other, and what came of them. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSites } from './devices.ts';
import { type Outcome, simulate } from './simulate.ts';
import { tellStory } from './story.ts';
import { emptyTotals, type Totals } from './totals.ts';
import { installGlobals, machine } from './world/globals.ts';

export interface Wanted {
  from: number;
  count: number;
  /** From one seed to the next. */
  step: number;
  verbose: boolean;
  /** Leaves out all stories that are about something else. */
  plot: string | undefined;
  /** Plays each twice, to see that it is the same. */
  twice: boolean;
  /** Ends after so many with something wrong. */
  most: number;
}

/** Journals wait for their disk at each write, so they lie in memory where there is a place for files in it. */
const MEMORY = '/dev/shm';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

export async function playSeeds({ from, count, step, verbose, twice, plot, most }: Wanted): Promise<Totals> {
  installGlobals();
  const started = machine.now();
  const sites = await startSites();
  const root = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'simulation-'));
  const totals = emptyTotals();
  const play = (seed: number): Promise<Outcome> =>
    simulate(seed, sites, join(root, 'story'), verbose ? say : undefined);
  try {
    for (let seed = from; seed < from + count * step && totals.failed < most; seed += step) {
      if (plot !== undefined && tellStory(seed, root).plot !== plot) continue;
      const outcome = await play(seed);
      add(totals, outcome);
      tell(outcome);
      if (twice && (await play(seed)).trace !== outcome.trace) {
        totals.failed++;
        say(`seed ${seed} did not repeat itself`);
      }
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  totals.seconds = (machine.now() - started) / 1000;
  return totals;
}

function add(totals: Totals, { seed, steps, requests, hits, violations }: Outcome): void {
  totals.seeds++;
  totals.steps += steps;
  totals.requests += requests;
  for (const [name, count] of hits) totals.hits[name] = (totals.hits[name] ?? 0) + count;
  if (violations.length === 0) return;
  totals.failed++;
  totals.first ??= seed;
}

function tell({ seed, story, violations, trace }: Outcome): void {
  if (violations.length === 0) return;
  say(`seed ${seed} (${story}), trace ${trace}`);
  for (const { rule, text } of violations) say(`  ${rule}: ${text}`);
}
