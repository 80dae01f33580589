/**
 * `npm run demo:vscode`: a workspace with the extension, in the VS Code of this machine if there is one, else in one that
 * runs here and is shown in a browser. Take the first steps of its walkthrough. Ctrl-C ends it and removes all of it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findHarness, PROJECT } from './harness/places.ts';
import { startServer } from './harness/server.ts';

const run = (program: string, words: string[]): boolean =>
  spawnSync(program, words, { cwd: PROJECT, stdio: 'inherit' }).status === 0;
const has = (program: string): boolean => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;

if (!run('npm', ['run', '--silent', 'package'])) process.exit(1);
const workspace = await mkdtemp(join(tmpdir(), 'nethsm-demo-'));
const editor = process.env.DISPLAY || process.platform !== 'linux' ? ['code', 'codium'].find(has) : undefined;
try {
  if (editor !== undefined) {
    console.log(`Opening ${workspace} in ${editor}. In the palette: "NetHSM: First Steps".`);
    run(editor, ['--wait', '--new-window', `--extensionDevelopmentPath=${PROJECT}`, workspace]);
  } else {
    await inBrowser();
  }
} finally {
  await rm(workspace, { recursive: true, force: true });
}

async function inBrowser(): Promise<void> {
  if (typeof findHarness() === 'string' && !run('sh', [join(PROJECT, 'test/e2e/harness/setup.sh')])) process.exit(1);
  const places = findHarness({ CHROMIUM_PATH: 'any browser' });
  if (typeof places === 'string') throw new Error(places);
  const server = await startServer(places, { vsix: join(PROJECT, 'nethsm-replication.vsix') });
  const url = server.url(workspace);
  console.log(`\nNo VS Code of your own was found; one runs here:\n\n  ${url}\n`);
  console.log('Click the NetHSM icon, or in the palette (F1): "NetHSM: First Steps". Ctrl-C ends it.');
  if (process.env.DISPLAY) spawn('xdg-open', [url], { stdio: 'ignore', detached: true }).on('error', () => {});
  await new Promise<void>((resolve) => process.once('SIGINT', () => resolve()));
  await server.stop();
}
