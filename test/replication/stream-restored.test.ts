/** A primary that goes back in time while keys are streamed from it, to a state that its mark does not tell from the one before. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { parseNamespace } from '../../core/names.ts';
import { createFigures, figuresOf } from '../../core/replication/agent/figures.ts';
import { runAgent } from '../../core/replication/agent.ts';
import type { Context } from '../../core/replication/context.ts';
import type { Activity } from '../../core/replication/journal/journal.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { contextOf, policyFor } from '../support/context.ts';
import { idsOn, type Paired, startPaired } from '../support/paired.ts';
import { patience } from '../support/patience.ts';
import { importKey } from '../support/sites.ts';

const PAYMENTS = parseNamespace('payments');
let sites: Paired;
let ctx: Context;
const events: Activity[] = [];
const figures = createFigures(Date.now());
const stop = new AbortController();
let running: Promise<void>;

const until = patience(60_000, () => JSON.stringify(events.slice(-6)));

before(async () => {
  sites = await startPaired(['first', 'second', 'third']);
  const { oslo, bergen, folder } = sites;
  ctx = {
    ...contextOf([oslo.session, bergen.session], folder, { clock: systemClock }),
    onActivity: (one) => events.push(one),
  };
  const policy: Policy = {
    ...policyFor('payments', folder),
    replication: { mode: 'streaming', maxLag: 10_000 },
    deletions: 'propagate',
    maxDeletions: { keys: 10, percent: 100 },
  };
  running = runAgent(ctx, { policies: [policy], figures }, stop.signal);
  await until('the first comparison', () => figuresOf(figures, PAYMENTS).runs.ok > 0);
});
after(async () => {
  stop.abort();
  await running;
  ctx.journal.close();
  await sites.close();
});

test('what was streamed meanwhile is not deleted because of it', async () => {
  const { oslo, bergen } = sites;
  const old = oslo.practice.snapshot();
  await importKey(oslo, 'payments', 'late', 30);
  await until('the stream', async () => (await idsOn(bergen)).includes('late'));
  oslo.practice.rollBack(old);
  const { runs } = figuresOf(figures, PAYMENTS);
  const compared = runs.ok;
  for (let i = 0; i < 3; i++) await importKey(oslo, 'payments', `since-${i}`, 40 + i);
  await until('another comparison', () => runs.ok > compared);
  await importKey(oslo, 'payments', 'last', 50);
  await until('the stream again', async () => (await idsOn(bergen)).includes('last'));
  assert.deepEqual(await idsOn(bergen), ['first', 'last', 'late', 'second', 'since-0', 'since-1', 'since-2', 'third']);
});
