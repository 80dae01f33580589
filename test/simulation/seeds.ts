/** Many seeds, one after the other, and what came of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSites } from './devices.ts';
import { type Outcome, simulate } from './simulate.ts';
import { installGlobals, machine } from './world/globals.ts';

export interface Wanted {
  from: number;
  count: number;
  verbose: boolean;
  isBroken: boolean;
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Gives the exit code: 0 when every seed held, or when a break was found; 1 otherwise. */
export async function playSeeds({ from, count, verbose, isBroken }: Wanted): Promise<number> {
  installGlobals();
  const started = machine.now();
  const sites = await startSites();
  const root = mkdtempSync(join(tmpdir(), 'simulation-'));
  const totals = { steps: 0, requests: 0, hits: new Map<string, number>(), failed: 0 };
  try {
    for (let seed = from; seed < from + count; seed++) {
      const outcome = await simulate(seed, sites, join(root, 'story'), verbose ? say : undefined);
      add(totals, outcome);
      if (outcome.violations.length === 0) continue;
      totals.failed++;
      tell(outcome);
      if (isBroken) {
        say(`found after ${seed - from + 1} seeds`);
        return 0;
      }
      if (totals.failed >= 10) break;
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  for (const [name, hits] of [...totals.hits].sort()) say(`${String(hits).padStart(9)}  ${name}`);
  const seconds = (machine.now() - started) / 1000;
  say(`${count} seeds, ${totals.steps} steps, ${totals.requests} requests, ${totals.failed} failed, ${seconds.toFixed(1)} s`);
  return isBroken ? 1 : Math.min(1, totals.failed);
}

function add(totals: { steps: number; requests: number; hits: Map<string, number> }, outcome: Outcome): void {
  totals.steps += outcome.steps;
  totals.requests += outcome.requests;
  for (const [name, hits] of outcome.hits) totals.hits.set(name, (totals.hits.get(name) ?? 0) + hits);
}

function tell({ seed, story, violations, trace }: Outcome): void {
  say(`seed ${seed} (${story}), trace ${trace}`);
  for (const { rule, text } of violations) say(`  ${rule}: ${text}`);
}
