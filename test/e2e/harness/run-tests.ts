import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { format } from 'node:util';
import { openPage } from './page.ts';
import type { HarnessPlaces } from './places.ts';
import { launchBrowser } from './playwright.ts';
import { startServer } from './server.ts';

/** The same options as `runTests` of @vscode/test-electron takes. */
export interface TestOptions {
  extensionDevelopmentPath: string;
  extensionTestsPath: string;
  launchArgs: string[];
  extensionTestsEnv: Record<string, string>;
}

/** Runs a suite inside the extension host of a VS Code in a browser; gives what it printed, throws when it failed. */
export async function runTests(places: HarnessPlaces, options: TestOptions, limit = 120_000): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'vscode-suite-'));
  const printed = join(folder, 'printed.log');
  writeFileSync(printed, '');
  const server = await startServer(places, { env: { TEST_OUTPUT: printed, ...options.extensionTestsEnv } });
  const browser = await launchBrowser(places.chromium);
  try {
    const page = await openPage(browser, server, {
      extension: options.extensionDevelopmentPath,
      tests: options.extensionTestsPath,
    });
    const { promise, resolve } = Promise.withResolvers<number>();
    const heard: string[] = [];
    await page.exposeFunction('codeAutomationExit', (code: number) => resolve(code));
    await page.exposeFunction('codeAutomationLog', (_level: string, args: unknown) => {
      heard.push(format(...[args].flat()));
    });
    await page.goto(server.url(options.launchArgs.find((argument) => !argument.startsWith('-'))));
    const code = await Promise.race([promise, delay(limit, undefined, { ref: false })]);
    if (code === 0) return readFileSync(printed, 'utf8');
    if (code !== undefined) throw new Error(`${readFileSync(printed, 'utf8')}\nThe suite failed.`);
    throw new Error(`${heard.slice(-40).join('\n')}\nThe suite did not end within ${limit / 1000} s.`);
  } finally {
    await browser.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
