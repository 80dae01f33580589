/** Ctrl-C in the middle of a transfer, as a process gets it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { QUICKLY } from '../support/quick-scrypt.ts';
import { type CliPlayground, startCliPlayground } from './playground.ts';
import { jsonOf } from './run-cli.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'cli', 'main.ts');
const KEYS = 1200;
let site: CliPlayground;
before(async () => {
  site = await startCliPlayground();
  await site.devices[0]?.seedKeys('payments', KEYS);
});
after(() => site.end());

test('what is on its way arrives, the rest is not begun, and the same command finishes it', async () => {
  const archive = join(site.folder, 'payments.nethsm-archive');
  const words = ['--namespace', 'payments', '--json'];
  assert.equal((await site.cli('backup', [...words, '--out', archive])).code, 0);
  const bergen = site.devices[1];
  bergen?.nodes[0]?.inject({ kind: 'slow', ms: 300, path: /^\/system\/restore/, times: 10 });
  const requests = bergen?.nodes[0];
  assert.ok(requests);

  const again = ['restore', site.manifest, '--from', archive, '--device', 'bergen', ...words, '--state', site.state];
  const child = spawn(process.execPath, [...QUICKLY, MAIN, ...again], { env: { HOME: site.folder } });
  const text = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    text.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    text.stderr += chunk;
  });
  const ended = once(child, 'close');
  // The fault is taken off the list when the first body comes.
  while (requests.node.faults.every(({ times }) => times === 10) && child.exitCode === null) await sleep(5);
  child.kill('SIGINT');
  await sleep(30);
  child.kill('SIGINT');
  const [code, signal] = await ended;
  assert.deepEqual([code, signal], [5, null], text.stderr);
  assert.match(text.stderr, /Stopping at the next safe point[\s\S]*Still waiting for a safe point/);
  const report = JSON.parse(text.stdout);
  assert.ok(report.verified > 0 && report.verified < KEYS, `${report.verified} of ${KEYS}`);
  assert.match(report.stopped, /cancelled/);

  requests.clearFaults();
  const finished = await site.cli('restore', ['--from', archive, '--device', 'bergen', ...words]);
  assert.equal(finished.code, 0, finished.stderr);
  assert.equal(jsonOf(finished).verified, KEYS + 3);
  assert.equal((await site.cli('diff', words)).code, 0);
  const doctor = await site.cli('doctor', ['--json']);
  assert.equal(doctor.code, 0, 'both devices answer writes');
});
