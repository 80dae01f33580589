import { rm } from 'node:fs/promises';
import { build } from 'esbuild';

await rm('dist', { recursive: true, force: true });

/** What all bundles share: they run on the Node of the oldest VS Code we support. */
const common = {
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'esm',
  minify: true,
  keepNames: true,
  logLevel: 'info',
  legalComments: 'none',
};

await build({
  ...common,
  // The worker stands beside the chunks that start it.
  entryPoints: { cli: 'cli/main.ts', 'open-worker': 'core/backup/open-worker.ts' },
  outdir: 'dist',
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
});
