/** The end-to-end tests in a real VS Code, where one and a browser are to be had; with REQUIRE_VSCODE=1 they must be. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { buildForTests } from './build.ts';
import { findHarness } from './harness/places.ts';
import { runSuite } from './run-suite.ts';
import { runScenario, SHOTS } from './ui/run.ts';
import { SCENARIOS } from './ui/scenarios/index.ts';

const places = findHarness();
const required = process.env.REQUIRE_VSCODE === '1';

if (typeof places === 'string') {
  test('in a real VS Code', { skip: required ? false : places }, () => assert.fail(places));
} else {
  describe('in a real VS Code', () => {
    let suite = '';
    before(async () => {
      suite = await buildForTests();
    });
    test('the suite inside the extension host', async (t) => {
      t.diagnostic(await runSuite(places, suite));
    });
    describe('the workbench as a person works with it', { concurrency: 2 }, () => {
      for (const scenario of SCENARIOS) test(scenario.name, () => runScenario(places, scenario, SHOTS));
    });
  });
}
