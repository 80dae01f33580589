import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRestartPolicy } from '../../client/engine/restart-policy.ts';

test('four deaths within three minutes are mended, the fifth is not; later ones are', () => {
  let now = 0;
  const mayRestart = createRestartPolicy(() => now);
  const deaths = () => Array.from({ length: 5 }, () => mayRestart());
  assert.deepEqual(deaths(), [true, true, true, true, false]);
  now = 180_000;
  assert.equal(mayRestart(), true);
});
