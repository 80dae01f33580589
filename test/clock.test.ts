import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { systemClock } from '../core/clock.ts';

test('a wait that is over already ends at once, without a warning', async () => {
  const warned = once(process, 'warning', { signal: AbortSignal.timeout(200) }).then(
    ([warning]) => warning,
    () => undefined,
  );
  await systemClock.sleep(-4);
  assert.equal(await warned, undefined);
});
