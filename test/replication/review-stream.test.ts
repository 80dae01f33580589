/** A stream that knows nothing yet of a failover elsewhere carries nothing from the older epoch onto the newer one. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../core/clock.ts';
import { parseNamespace } from '../../core/names.ts';
import { isProblem } from '../../core/problem.ts';
import { createFigures, figuresOf } from '../../core/replication/agent/figures.ts';
import { runAgent } from '../../core/replication/agent.ts';
import type { Context } from '../../core/replication/context.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { failover } from '../../core/replication/promote/failover.ts';
import { claimFor } from '../../core/replication/promote/take-over.ts';
import { contextOf, policyFor } from '../support/context.ts';
import { idsOn, type Paired, startPaired } from '../support/paired.ts';
import { patience } from '../support/patience.ts';
import { importKey, sessionOf } from '../support/sites.ts';

let sites: Paired;
let ctx: Context;
let other: Context;
const figures = createFigures(Date.now());
const stop = new AbortController();
let running: Promise<void>;

const until = patience(20_000);

before(async () => {
  sites = await startPaired(['first']);
  const { oslo, bergen, folder } = sites;
  ctx = contextOf([oslo.session, bergen.session], folder, { clock: systemClock, controller: 'run@here' });
  const lost = sessionOf('oslo', 'http://127.0.0.1:9/api/v1');
  const archives = { archives: ctx.archives };
  other = contextOf([lost, bergen.session], folder, { clock: systemClock, controller: 'cli@there', ...archives });
  const policy: Policy = { ...policyFor('payments', folder), replication: { mode: 'streaming', maxLag: 10_000 } };
  running = runAgent(ctx, { policies: [policy], figures }, stop.signal);
  await until('the first comparison', () => figuresOf(figures, parseNamespace('payments')).runs.ok > 0);
});
after(async () => {
  stop.abort();
  await running;
  ctx.journal.close();
  other.journal.close();
  await sites.close();
});

test('a failover waits while keys are carried; one that got round that ends the stream', async () => {
  const { oslo, bergen, folder } = sites;
  const policy = policyFor('payments', folder);
  await importKey(oslo, 'payments', 'before', 30);
  await until('the stream', async () => (await idsOn(bergen)).includes('before'));
  await assert.rejects(failover(other, policy, 'bergen', { acceptLoss: true }), (error) => isProblem(error, 'busy'));
  await claimFor(other, policy, ['bergen'], 2, 'bergen');
  await importKey(oslo, 'payments', 'after', 31);
  await until('a refusal', () => figuresOf(figures, parseNamespace('payments')).problem !== undefined);
  await sleep(500);
  assert.ok(!(await idsOn(bergen)).includes('after'));
});
