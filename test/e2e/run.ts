/** `npm run test:vscode`: the suite inside the extension host, then the workbench as a person works with it. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildForTests } from './build.ts';
import { findHarness, type HarnessPlaces, PROJECT } from './harness/places.ts';
import { runTests, type TestOptions } from './harness/run-tests.ts';

/** Runs the suite in the extension host, on a copy of the fixture. */
export async function runSuite(places: HarnessPlaces | undefined, extensionTestsPath: string): Promise<string> {
  const workspace = await mkdtemp(join(tmpdir(), 'nethsm-suite-'));
  try {
    await cp(join(PROJECT, 'test/e2e/fixture'), workspace, { recursive: true });
    const options: TestOptions = {
      extensionDevelopmentPath: PROJECT,
      extensionTestsPath,
      launchArgs: [workspace],
      extensionTestsEnv: {},
    };
    if (places !== undefined) return await runTests(places, options);
    const electron = await import('@vscode/test-electron');
    await electron.runTests(options);
    return '';
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}

if (import.meta.main) {
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
    const { runScenario, SHOTS } = await import('./ui/run.ts');
    const { SCENARIOS } = await import('./ui/scenarios/index.ts');
    for (const scenario of SCENARIOS) {
      if (values.scenario === undefined || scenario.name.includes(values.scenario)) {
        await runScenario(places, scenario, values.shots ?? SHOTS);
      }
    }
  }
}
