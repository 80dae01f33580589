/** A key that a stream can't carry: whatever else arrives, the sides are not in sync, and a failover says so. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../core/clock.ts';
import { parseNamespace } from '../../core/names.ts';
import { createFigures, figuresOf } from '../../core/replication/agent/figures.ts';
import { runAgent } from '../../core/replication/agent.ts';
import type { Context } from '../../core/replication/context.ts';
import { linkOf } from '../../core/replication/journal/journal.ts';
import { contextOf, policyFor } from '../support/context.ts';
import { idsOn, type Paired, startPaired } from '../support/paired.ts';
import { patience } from '../support/patience.ts';
import { importKey, keeper } from '../support/sites.ts';

const PAYMENTS = parseNamespace('payments');
const LINK = linkOf(PAYMENTS, 'bergen', 'oslo');
const figures = createFigures(Date.now());
const stop = new AbortController();
let sites: Paired;
let ctx: Context;
let running: Promise<void>;

const until = patience(60_000);

before(async () => {
  sites = await startPaired(['first']);
  const { oslo, bergen, folder } = sites;
  await importKey(oslo, 'payments', 'large', 9);
  await oslo.must('PUT', '/keys/large/cert', keeper('payments'), 'x'.repeat(999_999));
  ctx = contextOf([oslo.session, bergen.session], folder, { clock: systemClock });
  const policy = { ...policyFor('payments', folder), replication: { mode: 'streaming', maxLag: 10_000 } as const };
  running = runAgent(ctx, { policies: [policy], figures }, stop.signal);
  await until('the first comparison', () => figuresOf(figures, PAYMENTS).runs.ok > 0);
});
after(async () => {
  stop.abort();
  await running;
  ctx.journal.close();
  await sites.close();
});

test('what was left undone is known as long as nothing carried it', async () => {
  const { oslo, bergen } = sites;
  assert.equal(ctx.journal.lastRun(LINK)?.left?.missing, 1);
  for (let i = 0; i < 3; i++) {
    await importKey(oslo, 'payments', `small-${i}`, 20 + i);
    await until('the stream', async () => (await idsOn(bergen)).includes(`small-${i}`));
    await sleep(100);
    const { left, inSyncAt } = ctx.journal.lastRun(LINK) ?? {};
    assert.deepEqual([left?.missing, inSyncAt], [1, undefined]);
  }
  assert.ok(!(await idsOn(bergen)).includes('large'));
});
