import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type { Facts, Question } from '../../client/state/facts.ts';
import { createRefresher } from '../../client/state/refresher.ts';

const POLLED = ['nethsm/overview', 'nethsm/devices', 'nethsm/archives', 'nethsm/activity'];
const EVERY = [...POLLED, 'nethsm/keys', 'nethsm/key', 'nethsm/drift', 'nethsm/deviceDetails'] as Question[];

/** A refresher on a clock of its own, and what it had read. */
function makeRefresher(interval = 60_000) {
  mock.timers.enable({ apis: ['setTimeout'] });
  const runs: { methods: Question[]; maxAge: number | undefined }[] = [];
  const facts: Pick<Facts, 'refresh'> = {
    refresh: async (wanted, fresh) => void runs.push({ methods: EVERY.filter(wanted), maxAge: fresh?.maxAge }),
  };
  const refresher = createRefresher(facts as Facts, { interval: () => interval, quiet: 500 });
  const pass = async (ms: number) => {
    mock.timers.tick(ms);
    for (let i = 0; i < 5; i++) await Promise.resolve();
  };
  return { refresher, runs, pass };
}

test.afterEach(() => mock.timers.reset());

test('it starts with the first visible view, goes on, and stops when none is visible', async () => {
  const { refresher, runs, pass } = makeRefresher();
  await pass(120_000);
  assert.equal(runs.length, 0);
  refresher.setVisible('devices', true);
  await pass(500);
  assert.deepEqual(runs, [{ methods: POLLED, maxAge: 60_000 }]);
  await pass(60_000);
  await pass(60_000);
  assert.equal(runs.length, 3);
  refresher.setVisible('devices', false);
  await pass(600_000);
  assert.equal(runs.length, 3);
});

test('news are looked at once they are quiet', async () => {
  const { refresher, runs, pass } = makeRefresher(0);
  refresher.setVisible('replication', true);
  refresher.changed({ what: 'archives' });
  await pass(400);
  refresher.changed({ what: 'activity' });
  await pass(400);
  assert.equal(runs.length, 0);
  await pass(100);
  assert.deepEqual(runs, [{ methods: ['nethsm/overview', 'nethsm/archives', 'nethsm/activity'], maxAge: undefined }]);
});

test('nothing is read while it is paused, and nothing drawn while a person chooses', async () => {
  const { refresher, runs, pass } = makeRefresher();
  refresher.setVisible('replication', true);
  refresher.pause(true);
  await pass(500);
  runs.length = 0;
  await pass(600_000);
  assert.equal(runs.length, 0);
  refresher.pause(false);
  const { promise, resolve } = Promise.withResolvers<void>();
  const chosen = refresher.whileChoosing(() => promise);
  refresher.changed({ what: 'keys' });
  await pass(120_000);
  assert.equal(runs.length, 0);
  resolve();
  await chosen;
  await pass(60_000);
  assert.ok(runs.length > 0);
});
