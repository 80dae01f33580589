import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';
import { PROJECT } from './harness/places.ts';

/** The packaged extension, once the tests are built. */
export const VSIX: string = join(PROJECT, 'nethsm-replication.vsix');

/** Builds and packages the extension with the process beside it, and builds the suite; gives the suite's entry. */
export async function buildForTests(): Promise<string> {
  const made = spawnSync('npm', ['run', '--silent', 'package'], { cwd: PROJECT, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`${made.stdout}${made.stderr}`);
  const outfile = join(PROJECT, 'dist/e2e/suite.cjs');
  await build({
    entryPoints: [join(PROJECT, 'test/e2e/suite/index.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  return outfile;
}
