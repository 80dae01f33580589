/** The program as a process: what a shell, a pipe and a signal see of it. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

const MAIN = join(import.meta.dirname, '..', '..', 'cli', 'main.ts');
let folder: string;
let practice: ChildProcess;
let started: { devices: Record<string, { url: string }>; manifest: string; state: string };

const start = (...words: string[]): ChildProcess =>
  spawn(process.execPath, [MAIN, ...words], { env: { HOME: folder } });

async function run(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = start(...words);
  const text = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk) => {
    text.stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    text.stderr += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, ...text };
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-process-'));
  practice = start('practice', '--json', '--folder', join(folder, 'practice'));
  const [line] = await once(practice.stdout as NodeJS.ReadableStream, 'data');
  started = JSON.parse(String(line));
});

after(async () => {
  practice.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

test('practice prints one JSON document with devices and manifest', () => {
  assert.deepEqual(Object.keys(started.devices), ['oslo', 'bergen']);
  assert.match(started.devices.oslo?.url ?? '', /^http:\/\/127\.0\.0\.1:\d+\/api\/v1$/);
});

test('JSON goes to stdout alone, text to stderr, and the exit code tells drift', async () => {
  const words = [started.manifest, '--namespace', 'payments', '--state', started.state];
  const json = await run('diff', ...words, '--json');
  assert.equal(json.code, 2);
  assert.deepEqual(JSON.parse(json.stdout).missing, ['card-1', 'card-2', 'card-3']);
  assert.match(json.stderr, /3 missing/);
  const text = await run('diff', ...words);
  assert.match(text.stdout, /card-1 {2}missing[\s\S]*3 missing/);
  assert.ok(!text.stdout.includes('{"'));
  assert.ok(!`${text.stdout}${text.stderr}`.includes('\u001b'), 'no colours into a pipe');
});

test('exit codes: 3 for a manifest, 4 for a refusal, 1 for a failure, 0 for help', async () => {
  const unknown = ['--namespace', 'payments', '--state', join(folder, 'other')];
  const [refused, failed, helped] = await Promise.all([
    run('inventory', started.manifest, ...unknown),
    run('inventory', join(folder, 'none.yaml'), ...unknown),
    run('--help'),
  ]);
  assert.deepEqual([refused.code, failed.code, helped.code], [4, 1, 0]);
});

test('practice stops at the first signal, with exit code 0', async () => {
  practice.kill('SIGINT');
  const [code, signal] = await once(practice, 'close');
  assert.deepEqual([code, signal], [0, null]);
});

test('a reader that goes away does not end the work, and the exit code stays', async () => {
  const child = start('diff', started.manifest, '--state', started.state, '--namespace', 'payments');
  child.stdout?.destroy();
  child.stderr?.destroy();
  const [code] = await once(child, 'close');
  assert.equal(code, (await run('diff', started.manifest, '--state', started.state, '--namespace', 'payments')).code);
});
