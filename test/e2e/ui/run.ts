import { join } from 'node:path';
import { type HarnessPlaces, PROJECT } from '../harness/places.ts';
import { openStage, type Stage, type StageOptions } from './stage.ts';

export type { Stage };

/** One thing that a person does. Steps of a scenario go on from one another. */
export interface Scenario {
  name: string;
  options?: StageOptions;
  steps: readonly [name: string, work: (stage: Stage) => Promise<void>][];
}

export interface WorkbenchOptions {
  /** Where pictures go. */
  shots?: string | undefined;
  /** Only scenarios with this in their name. */
  only?: string | undefined;
}

/** Runs a scenario in a VS Code of its own; throws with a picture at the first step that fails. */
export async function runScenario(places: HarnessPlaces, scenario: Scenario, shots: string): Promise<void> {
  const stage = await openStage(places, shots, scenario.options);
  try {
    for (const [name, work] of scenario.steps) {
      const started = Date.now();
      try {
        await work(stage);
        console.log(`  ✔ ${scenario.name}: ${name} (${Date.now() - started} ms)`);
      } catch (error) {
        await stage.shot(`failed ${scenario.name} ${name}`.replaceAll(/\W+/g, '-')).catch(() => {});
        throw new Error(`${scenario.name}: ${name}`, { cause: error });
      }
    }
  } finally {
    await stage.end();
  }
}

export const SHOTS: string = join(PROJECT, 'dist/e2e/shots');
