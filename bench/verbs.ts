/**
 * Seconds and most memory of the verbs of the command line over a namespace of many keys: two practice devices and each
 * verb in processes of their own. `npm run build && node bench/verbs.ts [--keys N,N] [--only 'backup,verify,restore']`
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { startTwoSites, type TwoSites } from '../test/support/site-processes.ts';

const NAMESPACE = 'payments';
const CLI = join(import.meta.dirname, '..', 'dist', 'cli.js');
const PEAK = join(import.meta.dirname, 'peak-memory.ts');

const { values } = parseArgs({
  options: { keys: { type: 'string', default: '100000' }, only: { type: 'string' } },
});
const only = values.only?.split(',');

/** What is run, in this order; each verb finds what those before it left. */
const cases = ({ manifest, folder }: TwoSites): [name: string, words: string[]][] => {
  const archive = join(folder, 'archive');
  const scope = [manifest, '--namespace', NAMESPACE];
  const restore = ['restore', ...scope, '--from', archive, '--device', 'bergen'];
  return [
    ['help', ['--help']],
    ['backup', ['backup', ...scope, '--out', archive]],
    ['verify', ['verify', archive]],
    ['diff of all missing', ['diff', ...scope]],
    ['restore', restore],
    ['diff in sync', ['diff', ...scope]],
    ['restore again', restore],
    ['backup-device', ['backup-device', manifest, '--device', 'oslo', '--out', join(folder, 'whole')]],
    ['inventory', ['inventory', ...scope]],
  ];
};

async function run({ state, folder }: TwoSites, words: string[]): Promise<string> {
  const env = { HOME: folder, NETHSM_BACKUP_PASSPHRASE: 'archive passphrase' };
  const options = words[0] === 'verify' || words[0] === '--help' ? [] : ['--state', state, '--trust-new-devices'];
  const begun = performance.now();
  const child = spawn(process.execPath, ['--import', PEAK, CLI, ...words, ...options], {
    env,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const [, errors, peak] = child.stdio.map((stream) => (stream === null ? '' : text(stream as Readable))).slice(1);
  const [code] = (await once(child, 'close')) as [number | null];
  const seconds = (performance.now() - begun) / 1000;
  // Exit code 2 of diff: there is drift.
  if (code !== 0 && !(code === 2 && words[0] === 'diff')) throw new Error(`${words[0]}: ${code}\n${await errors}`);
  return `${seconds.toFixed(1)} | ${(Number(await peak) / 1e6).toFixed(0)}`;
}

console.log('| keys | verb | seconds | MB |\n| --- | --- | --- | --- |');
for (const keys of values.keys.split(',').map(Number)) {
  const sites = await startTwoSites('{ mode: manual }');
  try {
    await sites.oslo.seed(NAMESPACE, keys);
    for (const [name, words] of cases(sites)) {
      if (only === undefined || only.includes(name)) {
        console.log(`| ${keys} | ${name} | ${await run(sites, words)} |`);
      }
    }
  } finally {
    await sites.close();
  }
}
process.exit(0);
