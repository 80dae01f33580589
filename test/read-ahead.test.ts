import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAhead } from '../core/read-ahead.ts';

/** Counts up, and tells what was asked of it. */
function source(told: string[], fails = Number.POSITIVE_INFINITY): AsyncGenerator<number> {
  return (async function* () {
    try {
      for (let i = 0; i < 4; i++) {
        told.push(`make ${i}`);
        if (i === fails) throw new RangeError('no more');
        yield i;
      }
    } finally {
      told.push('closed');
    }
  })();
}

test('the next item is made while the one before is worked on, and no more than that one', async () => {
  const told: string[] = [];
  for await (const item of readAhead(source(told))) {
    await Promise.resolve();
    told.push(`use ${item}`);
  }
  assert.deepEqual(told.slice(0, 5), ['make 0', 'make 1', 'use 0', 'make 2', 'use 1']);
  assert.deepEqual(told.slice(-2), ['closed', 'use 3']);
});

test('a failure comes in its turn, after the items before it', async () => {
  const told: string[] = [];
  const used: number[] = [];
  await assert.rejects(async () => {
    for await (const item of readAhead(source(told, 1))) {
      await new Promise((resolve) => setImmediate(resolve));
      used.push(item);
    }
  }, /no more/);
  assert.deepEqual(used, [0]);
});

test('who has enough closes the source', async () => {
  const told: string[] = [];
  for await (const _ of readAhead(source(told))) break;
  assert.equal(told.at(-1), 'closed');
});
