/**
 * The extension's own part of a VS Code's start, and the size of its package. Each run loads the bundle and activates it in
 * a process of its own, on a stand-in of the editor's API that does nothing, so that only our time is measured.
 */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';

const RUNS = 20;

/** What a run does: a stand-in that answers every call with itself, then load and activate. */
const RUN = `
const { createRequire, Module } = require('node:module');
const nothing = new Proxy(function () {}, {
  get: (_target, name) => (name === Symbol.toPrimitive ? () => '' : name === Symbol.iterator ? [][Symbol.iterator] : name === 'then' ? undefined : nothing),
  apply: () => nothing,
  construct: () => nothing,
});
const load = Module._load;
Module._load = (name, ...rest) => (name === 'vscode' ? nothing : load(name, ...rest));
const start = performance.now();
const { activate } = require('./dist/extension.cjs');
const loaded = performance.now();
activate({ subscriptions: [], asAbsolutePath: (path) => path, secrets: nothing, globalState: nothing });
console.log(JSON.stringify([loaded - start, performance.now() - loaded]));
`;

const runs = Array.from({ length: RUNS }, () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', RUN], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as [load: number, activate: number];
});
const median = (values: number[]): string => (values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0).toFixed(1);
const kilobytes = (file: string): string => (statSync(file).size / 1024).toFixed(0);

console.log(`load the bundle, ms (median of ${RUNS}): ${median(runs.map(([load]) => load))}`);
console.log(`activate, ms: ${median(runs.map(([, activate]) => activate))}`);
for (const file of ['dist/extension.cjs', 'dist/language-client.cjs', 'dist/server/process.js']) {
  console.log(`${file}, KB: ${kilobytes(file)}`);
}
console.log(`nethsm-replication.vsix, KB: ${kilobytes('nethsm-replication.vsix')}`);
