/** The language server as a process, over stdio or Node's IPC. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { createFactsStore } from './language/facts-store.ts';
import { type Surroundings, serveLanguage } from './language/server.ts';

/**
 * Starts the language server on the connection that the process's arguments name (`--stdio`, `--node-ipc`,
 * `--socket=N`); it ends with the connection. Talks to no device.
 */
export function startLanguageServer(): void {
  const connection = createConnection(ProposedFeatures.all);
  serveLanguage(connection, { facts: createFactsStore().facts, ...surroundings() });
  connection.listen();
}

/** What the machine gives: clock, names of variables, files beside a manifest, the documentation. */
export function surroundings(): Omit<Surroundings, 'facts'> {
  return {
    now: () => new Date(),
    environment: () => Object.keys(process.env).sort(),
    listFolder,
    documentation: documentationFolder(),
  };
}

async function listFolder(manifest: string, folder: string): Promise<string[]> {
  if (!manifest.startsWith('file:')) return [];
  const path = join(dirname(fileURLToPath(manifest)), folder);
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort();
}

/** The pages lie in the package, so that their links work on isolated networks; above the sources or the bundle. */
function documentationFolder(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const found = join(folder, 'docs', 'diagnostics');
    if (existsSync(found) || folder === dirname(folder)) return `${pathToFileURL(found).href}/`;
  }
}
