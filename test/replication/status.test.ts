import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Context } from '../../core/replication/context.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { namespaceStatus } from '../../core/replication/status.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { fakeClock, policyFor } from '../support/context.ts';
import { type Paired, startPaired } from '../support/paired.ts';
import { importKey, keeper } from '../support/sites.ts';

const clock = fakeClock(Date.parse('2026-11-24T12:01:00Z'));
let sites: Paired;
let ctx: Context;
const policy = (): Policy => ({
  ...policyFor('payments', sites.folder),
  replication: { mode: 'scheduled', schedule: '*/15 * * * *', timeZone: 'UTC' },
});
const bergen = async (fresh: boolean) => (await namespaceStatus(ctx, policy(), { fresh })).replicas.bergen;

before(async () => {
  sites = await startPaired(['a1', 'a2'], clock);
  ctx = sites.ctx;
});
after(() => sites.close());

test('before the first run nothing is known, and nothing is guessed', async () => {
  const status = await namespaceStatus(ctx, policy());
  assert.deepEqual([status.primary, status.epoch, status.splitBrain, status.paused], [null, 0, false, null]);
  assert.deepEqual(status.replicas.bergen, {
    lag: null,
    missing: null,
    extra: null,
    differs: null,
    conflicts: null,
    comparedAt: null,
    lastRun: null,
    nextRun: Date.parse('2026-11-24T12:15:00Z'),
  });
});

test('the lag is the time since both were seen the same; a fresh look tells what is missing', async () => {
  const began = clock.now();
  await syncNamespace(ctx, policy());
  const status = await namespaceStatus(ctx, policy());
  assert.deepEqual([status.primary, status.epoch], ['oslo', 1]);
  assert.deepEqual([status.replicas.bergen?.missing, status.replicas.bergen?.lastRun?.ok], [0, true]);
  assert.equal(status.replicas.bergen?.lag, clock.now() - began);
  clock.advance(60_000);
  assert.equal((await bergen(true))?.lag, 0, 'seen the same just now');
  assert.equal((await bergen(false))?.lag, clock.now() - began, 'nobody looked since');
  await importKey(sites.oslo, 'payments', 'new', 9);
  await sites.oslo.must('PUT', '/keys/a1/restrictions/tags/new', keeper('payments'));
  const fresh = await bergen(true);
  assert.deepEqual([fresh?.missing, fresh?.differs, fresh?.extra], [1, 1, 0]);
  assert.equal(fresh?.lag, clock.now() - began, 'the new key may be as old as that');
  await syncNamespace(ctx, policy());
  assert.ok(((await bergen(false))?.lag ?? Infinity) < 60_000);
});

test('a device that is away is told of, with since when', async () => {
  await sites.bergen.practice.close();
  const status = await namespaceStatus(ctx, policy());
  assert.deepEqual(Object.keys(status.outOfReach), ['bergen']);
  assert.equal(status.outOfReach.bergen?.since, clock.now());
  assert.equal(status.replicas.bergen?.missing, 0, 'as it was when it was last compared');
});
