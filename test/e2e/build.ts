import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';
import { PROJECT } from './harness/places.ts';

/** Builds the extension, the process beside it and the suite; gives the suite's entry. */
export async function buildForTests(): Promise<string> {
  const made = spawnSync(process.execPath, ['esbuild.mjs', 'extension', 'server'], { cwd: PROJECT, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(made.stderr);
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
