/** `npm run test:vscode`: the suite inside the extension host, then the workbench as a person works with it. */
import { parseArgs } from 'node:util';
import { buildForTests } from './build.ts';
import { findHarness, type HarnessPlaces } from './harness/places.ts';
import { runSuite } from './run-suite.ts';
import { runScenario, SHOTS } from './ui/run.ts';
import { SCENARIOS } from './ui/scenarios/index.ts';

// An exit takes the editor's processes along, a signal alone would not.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const { values } = parseArgs({
  options: { only: { type: 'string' }, shots: { type: 'string' }, scenario: { type: 'string' } },
});
const desktop = process.env.VSCODE_TEST_HOST === 'electron';
const places = findHarness();
if (typeof places === 'string' && !desktop) {
  console.error(places);
  process.exit(1);
}
const tests = await buildForTests();
if (values.only !== 'ui') console.log(await runSuite(desktop ? undefined : (places as HarnessPlaces), tests));
if (values.only !== 'suite' && typeof places !== 'string') {
  for (const scenario of SCENARIOS) {
    if (values.scenario === undefined || scenario.name.includes(values.scenario)) {
      await runScenario(places, scenario, values.shots ?? SHOTS);
    }
  }
}
