import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type HarnessPlaces, PROJECT } from './harness/places.ts';
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
