import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { QUICKLY } from '../support/quick-scrypt.ts';

const DEMO = join(import.meta.dirname, '..', '..', 'cli', 'demo.ts');

/** Runs the demonstration with a folder of its own for temporary files; `until` is when to send SIGINT. */
async function runDemo(words: string[], until?: RegExp) {
  const folder = await mkdtemp(join(tmpdir(), 'demo-test-'));
  const child = spawn(process.execPath, [...QUICKLY, DEMO, ...words], { env: { HOME: folder, TMPDIR: folder } });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text += chunk;
      if (until?.test(text)) child.kill('SIGINT');
    });
  }
  const [code] = await once(child, 'close');
  const left = await readdir(folder);
  await rm(folder, { recursive: true });
  return { code, text, left };
}

test('the demonstration tells its story to the end and leaves nothing behind', async () => {
  const { code, text, left } = await runDemo([]);
  assert.equal(code, 0, text);
  assert.match(text, /3 missing, 1 extra, 0 different, 2 the same/);
  assert.match(text, /in sync, 6 keys/);
  assert.equal([...text.matchAll(/✓ \S+ +signed on \w+, verified/g)].length, 2);
  assert.match(text, /20 of 20 sealed entries are byte for byte what they were/);
  assert.match(text, /New are only: card-3, card-4, card-5\./);
  assert.match(text, /lock bergen: .*\n +✓ the keeper makes card-6 on oslo\n +✓ the keeper is refused on bergen/);
  for (const [primary, epoch] of [
    ['bergen', 2],
    ['oslo', 3],
  ]) {
    assert.match(text, new RegExp(`✓ payments: ${primary} is primary, epoch ${epoch}\\.`));
  }
  assert.match(text, /night-4, made by bergen alone, is on oslo/);
  assert.match(text, /in sync, 10 keys/);
  // The one thing that is refused: a device of an older epoch, until it is re-joined.
  assert.equal([...text.matchAll(/^ *✗/gm)].length, 2);
  assert.match(text, /bergen is in epoch 2, primary bergen; epoch 3, primary oslo rules/);
  assert.deepEqual(left, []);
});

test('with --stay the devices stay until Ctrl-C, with a manifest and commands to try', async () => {
  const { code, text, left } = await runDemo(['--stay'], /Ctrl-C stops them/);
  assert.equal(code, 0, text);
  assert.match(text, /M=\S+practice\.nethsm\.yaml; S=\S+state/);
  assert.equal(left.length, 1);
});
