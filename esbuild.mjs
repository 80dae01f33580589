/** Makes dist/. With names (`node esbuild.mjs extension server`) only those parts; the others stay as they are. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

/** What all bundles share: they run on the Node of the oldest VS Code we support. */
const common = {
  bundle: true,
  platform: 'node',
  target: 'node22',
  minify: true,
  keepNames: true,
  logLevel: 'info',
  legalComments: 'none',
};

/** Of undici only what we use, put together as its own index does it: half the size, and no dispatcher of the process touched. */
const undiciParts = {
  name: 'undici-parts',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^undici$/ }, () => ({ path: 'undici', namespace: 'parts' }));
    onLoad({ filter: /.*/, namespace: 'parts' }, () => ({
      contents: `
        import Dispatcher from './node_modules/undici/lib/dispatcher/dispatcher.js';
        import api from './node_modules/undici/lib/api/index.js';
        Object.assign(Dispatcher.prototype, api);
        export { default as Pool } from './node_modules/undici/lib/dispatcher/pool.js';
        export { default as buildConnector } from './node_modules/undici/lib/core/connect.js';
      `,
      resolveDir: import.meta.dirname,
    }));
  },
};

/** ES modules cut into chunks, for what runs as a process of its own. */
const modules = {
  ...common,
  format: 'esm',
  splitting: true,
  // By this undici leaves its experimental parser out, as in Node itself.
  define: { esbuildDetection: 'true' },
  chunkNames: 'chunks/[name]-[hash]',
  plugins: [undiciParts],
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
};

/** The language client is loaded when it is needed, from a bundle of its own: activation stays cheap. */
const apart = {
  name: 'apart',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/language-client\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './language-client.cjs', external: true } : undefined,
    ),
};

const parts = {
  // The worker stands beside the chunks that start it.
  cli: {
    ...modules,
    entryPoints: { cli: 'cli/main.ts', 'open-worker': 'core/backup/open-worker.ts' },
    outdir: 'dist',
  },
  server: {
    ...modules,
    entryPoints: { process: 'server/process.ts', 'open-worker': 'core/backup/open-worker.ts' },
    outdir: 'dist/server',
  },
  extension: {
    ...common,
    keepNames: false,
    format: 'cjs',
    entryPoints: { extension: 'client/main.ts', 'language-client': 'client/engine/language-client.ts' },
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    external: ['vscode'],
    plugins: [apart],
  },
};

const wanted = process.argv.slice(2);
if (wanted.length === 0) await rm('dist', { recursive: true, force: true });
// Chunks of an older build would go into the package too.
if (wanted.includes('server')) await rm('dist/server', { recursive: true, force: true });
await Promise.all(
  Object.entries(parts).map(([name, part]) => (wanted.length === 0 || wanted.includes(name)) && build(part)),
);

if (wanted.includes('extension')) {
  // The extension's page in the editor: pictures would need an address, and the package carries none.
  const page = await readFile('docs/vscode.md', 'utf8');
  await writeFile('dist/README.md', page.replaceAll(/^!\[.*\n\n/gm, ''));
}
