/** A handful of random stories, and that they can fail. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { breakSource } from '../simulation/hooks.ts';
import { playApart } from '../simulation/play-apart.ts';
import { CONTROLS } from './controls.ts';

const ROOT = join(import.meta.dirname, '../..');

const play = (...options: string[]) => playApart(join(import.meta.dirname, 'run.ts'), options);

test('stories of three sites in which nothing is lost', async () => {
  const { code, out } = await play('--seeds', '6');
  assert.equal(code, 0, out.slice(0, 4000));
  assert.match(out, /6 seeds, .* nothing wrong/);
});

for (const { name, seed } of CONTROLS) {
  test(`the code broken on purpose is found out: ${name}`, async () => {
    const { code, out } = await play('--from', String(seed), '--seeds', '1', '--break', name);
    assert.equal(code, 0, out.slice(-1000));
    assert.match(out, /1 with something wrong/);
  });
}

test('every control finds what it wants to break', () => {
  for (const { changes } of CONTROLS) {
    for (const change of changes) breakSource(readFileSync(join(ROOT, change.file), 'utf8'), change);
  }
});
