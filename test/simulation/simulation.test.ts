/** The simulation in two processes, that it repeats itself, and that it can fail. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { BREAKS } from './breaks/all.ts';
import { breakSource } from './hooks.ts';
import { playApart } from './play-apart.ts';

const ROOT = join(import.meta.dirname, '../..');

const simulate = (...options: string[]) => playApart(join(import.meta.dirname, 'run.ts'), options);

test('2,000 stories in which nothing is lost', async () => {
  const { code, out } = await simulate('--seeds', '2000');
  assert.equal(code, 0, out.slice(0, 4000));
  assert.match(out, /2000 seeds, .* nothing wrong/);
});

test('a seed is the same story each time', async () => {
  const { code, out } = await simulate('--seeds', '12', '--twice');
  assert.equal(code, 0, out.slice(0, 4000));
});

describe('the code broken on purpose is found out', { concurrency: 2 }, () => {
  for (const { name, plot } of BREAKS) {
    test(name, async () => {
      const where = plot === undefined ? ['--seeds', '400'] : ['--seeds', '2000', '--plot', plot];
      const { code, out } = await simulate('--processes', '1', '--break', name, ...where);
      assert.equal(code, 0, out.slice(-1000));
      assert.match(out, /something wrong/);
    });
  }
});

test('every break finds what it wants to break', () => {
  for (const { changes } of BREAKS) {
    for (const change of changes) breakSource(readFileSync(join(ROOT, change.file), 'utf8'), change);
  }
  assert.equal(new Set(BREAKS.map(({ name }) => name)).size, BREAKS.length);
});
