/** What every run in the workbench needs: practice devices, a workspace with their manifest, a VS Code that shows it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { makeStory } from '../../../cli/demo/story.ts';
import { furnish, withPlayground } from '../../../cli/playground/open.ts';
import { processSurroundings } from '../../../cli/terminal/streams.ts';
import type { DeviceNode } from '../../../core/device/node.ts';
import type { PracticeDevice } from '../../../practice/index.ts';
import type { Secrets } from '../../../practice/playground/layout.ts';
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
  /** Works on a device as somebody else does, behind the editor's back. */
  withDevice(device: string, work: (node: DeviceNode, secrets: Secrets) => Promise<void>): Promise<void>;
  /** Takes a device off the network; `back` brings it on again. */
  cutOff(device: string): { back(): void };
  /** Has the command line's agent look after the manifest, with what the editor keeps on this machine. */
  startAgent(): Promise<void>;
  /** The process beside the editor. */
  enginePid(): number | undefined;
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
  let agent: ChildProcess | undefined;
  return {
    ...createWorkbench(page, shots),
    playground,
    folder,
    async open() {
      await page.goto(server.url(folder));
      await page.locator('.activitybar').waitFor();
    },
    withDevice: (device, work) =>
      withPlayground(run, playground, async (sessions) => {
        const session = sessions.find(({ name }) => name === device);
        if (session !== undefined) await work(session.node, playground.secrets);
      }),
    cutOff(device) {
      const { nodes } = deviceOf(playground, device);
      for (const node of nodes) node.inject({ kind: 'cut-before', times: Number.POSITIVE_INFINITY });
      const back = () => {
        for (const node of nodes) node.clearFaults();
      };
      return { back };
    },
    async startAgent() {
      const words = [
        'cli/main.ts',
        'run',
        playground.manifest,
        '--state',
        server.stateFolder,
        '--listen',
        '127.0.0.1:0',
      ];
      agent = spawn(process.execPath, words, { cwd: PROJECT, stdio: ['ignore', 'pipe', 'inherit'] });
      await once(agent.stdout as Readable, 'data');
    },
    enginePid: () => server.childrenWith('dist/server/process.js')[0],
    log: server.log,
    async end() {
      agent?.kill();
      await browser.close();
      await server.stop();
      await playground.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A practice device by its name. */
export function deviceOf({ places, devices }: Playground, name: string): PracticeDevice {
  const device = devices[places.findIndex((place) => place.name === name)];
  if (device === undefined) throw new TypeError(`no device ${name}`);
  return device;
}
