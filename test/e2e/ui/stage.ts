/** What every run in the workbench needs: practice devices, a workspace with their manifest, a VS Code that shows it. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeStory } from '../../../cli/demo/story.ts';
import { furnish, withPlayground } from '../../../cli/playground/open.ts';
import { processSurroundings } from '../../../cli/terminal/streams.ts';
import { addKeys } from '../../../practice/playground/furnish.ts';
import { openPlayground, type Playground } from '../../../practice/playground/open.ts';
import { openPage } from '../harness/page.ts';
import { type HarnessPlaces, PROJECT } from '../harness/places.ts';
import { launchBrowser, type Page } from '../harness/playwright.ts';
import { type ServerOptions, startServer } from '../harness/server.ts';
import { createWorkbench, type Workbench } from '../harness/workbench.ts';

export interface Stage extends Workbench {
  page: Page;
  /** The devices oslo and bergen, paired; oslo's `payments` has keys that bergen lacks. */
  playground: Playground;
  folder: string;
  /** Shows the workspace, from its start. */
  open(): Promise<void>;
  /** Has oslo make more keys. */
  makeKeys(...ids: string[]): Promise<void>;
  /** Kills the process beside the editor, as the system would. */
  killEngine(): Promise<void>;
  /** What the server of VS Code wrote. */
  log(): string;
  end(): Promise<void>;
}

export interface StageOptions extends ServerOptions {
  fresh?: boolean;
  /** No practice devices and no manifest: an empty folder. */
  empty?: boolean;
  /** Of a packaged extension in place of the folder. */
  vsix?: string;
  /** Files written into the workspace before it opens. */
  prepare?: (playground: Playground) => Promise<void>;
}

export async function openStage(places: HarnessPlaces, shots: string, options: StageOptions = {}): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'nethsm-workbench-'));
  const names = options.empty === true ? [] : ['oslo', 'bergen'];
  const playground = await openPlayground(names, { tls: true }, folder);
  const { run } = makeStory(processSurroundings(), join(folder, 'state'), new AbortController().signal);
  if (options.empty === true) {
    for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
  } else {
    await furnish(run, playground, { paired: options.fresh !== true });
    // Nobody has confirmed these devices in the editor yet.
    await rm(join(folder, 'state'), { recursive: true, force: true });
  }
  await options.prepare?.(playground);
  const server = await startServer(places, options);
  const browser = await launchBrowser(places.chromium);
  const page = await openPage(
    browser,
    server,
    options.vsix === undefined ? { extension: PROJECT.replace(/\/$/, '') } : {},
  );
  return {
    ...createWorkbench(page, shots),
    playground,
    folder,
    async open() {
      await page.goto(server.url(folder));
      await page.locator('.activitybar').waitFor();
    },
    makeKeys: (...ids) =>
      withPlayground(run, playground, async ([oslo]) => {
        if (oslo !== undefined) await addKeys(oslo.node, playground.secrets, ids);
      }),
    killEngine: () => server.killChild('dist/server/process.js'),
    log: server.log,
    async end() {
      await browser.close();
      await server.stop();
      await playground.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
