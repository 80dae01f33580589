/** The quick way of a stream, look by look: what it says of being in sync is true, and nothing goes to a device that was promoted. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { listIds } from '../../core/inventory/read.ts';
import { parseNamespace } from '../../core/names.ts';
import { isProblem } from '../../core/problem.ts';
import { linkOf } from '../../core/replication/journal/journal.ts';
import { claimEpoch } from '../../core/replication/roles/claim.ts';
import { withLease } from '../../core/replication/roles/lease.ts';
import type { StreamEnv } from '../../core/replication/stream/env.ts';
import { createHourlyWrites } from '../../core/replication/stream/hourly.ts';
import { createLagMeter } from '../../core/replication/stream/lag.ts';
import { readPremises } from '../../core/replication/stream/premises.ts';
import { quickSync } from '../../core/replication/stream/quick-sync.ts';
import { createSealedReader } from '../../core/replication/stream/sealed-reader.ts';
import type { Stretch } from '../../core/replication/stream/stretch.ts';
import { openLedger } from '../../core/replication/stream/write-ledger.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { contextOf, policyFor } from '../support/context.ts';
import { idsOn, type Paired, startPaired } from '../support/paired.ts';
import { importKey, keeper } from '../support/sites.ts';

const PAYMENTS = parseNamespace('payments');
const LINK = linkOf(PAYMENTS, 'oslo', 'bergen');
const meter = createLagMeter();
const ledger = openLedger();
let sites: Paired;
let env: StreamEnv;
let stretch: Stretch;

before(async () => {
  sites = await startPaired(['first']);
  const policy = policyFor('payments', sites.folder);
  await syncNamespace(sites.ctx, policy);
  const ctx = { ...sites.ctx, signal: new AbortController().signal };
  const device = { reader: createSealedReader(ctx, sites.oslo.session), ledger, hourly: createHourlyWrites() };
  const none = (): void => {};
  env = {
    ctx,
    device: () => device,
    meter: () => meter,
    compare: (which) => syncNamespace(ctx, which),
    suspect: none,
    quietAt: () => undefined,
    onComparison: none,
    onPass: none,
    onFailure: none,
  };
  const premises = await readPremises(ctx, policy, new Set());
  if (typeof premises === 'string') throw new Error(premises);
  const known = new Map([['oslo', await listIds(sites.oslo.session, PAYMENTS)]]);
  stretch = { policy, premises, known, listedAt: new Map(), origins: new Map(), targets: new Map(), arrived: [] };
  ledger.follow(PAYMENTS, true);
});
after(() => sites.close());

/** A key is made, counted (as the only write since the reading before) and carried; gives when it had not been made yet. */
async function makeKey(id: string, seed: number): Promise<number> {
  const { clock } = sites;
  clock.advance(1_000);
  const since = clock.now();
  clock.advance(1_000);
  await importKey(sites.oslo, 'payments', id, seed);
  ledger.wrote(1, clock.now(), since);
  clock.advance(1_000);
  await quickSync(env, stretch, 'oslo', { since, isWhole: true });
  ledger.close();
  return since;
}

const inSyncAt = (): number | undefined => sites.ctx.journal.lastRun(LINK)?.inSyncAt;

test('while listings explain all writes, it is in sync until a reading of the counters', async () => {
  const second = await makeKey('second', 21);
  const third = await makeKey('third', 22);
  assert.equal(inSyncAt(), second);
  await makeKey('fourth', 23);
  assert.deepEqual([inSyncAt(), meter.inSyncAt], [third, third]);
});

test('a key that was made anew and not counted yet is not there, and nobody says that it is', async () => {
  await sites.oslo.must('DELETE', '/keys/first', keeper('payments'));
  await importKey(sites.oslo, 'payments', 'first', 25);
  const madeAnew = sites.clock.now();
  await makeKey('fifth', 24);
  assert.ok((inSyncAt() ?? 0) < madeAnew, 'bergen has the old key of that id');
});

test('a run that finds somebody else at work leaves the conflicts known, and a stream does not say in sync', async () => {
  const { ctx, oslo, bergen, folder, clock } = sites;
  const { policy } = stretch;
  const conflicts = (): number | undefined => ctx.journal.lastRun(LINK)?.conflicts;
  await syncNamespace(ctx, policy);
  assert.equal(conflicts(), 1, 'the key that was made anew');
  const before = inSyncAt();
  const other = contextOf([oslo.session, bergen.session], folder, { clock, controller: 'other@test' });
  await withLease(other, [oslo.session, bergen.session], policy, async () => {
    await importKey(oslo, 'payments', 'seventh', 27);
    await assert.rejects(syncNamespace(ctx, policy), (error) => isProblem(error, 'busy'));
  });
  other.journal.close();
  assert.equal(conflicts(), 1);
  await makeKey('eighth', 28);
  await makeKey('ninth', 29);
  assert.equal(inSyncAt(), before);
});

test('a device that was promoted since the roles were read takes nothing', async () => {
  const { ctx, bergen } = sites;
  const epoch = stretch.premises.epoch + 1;
  const record = {
    epoch,
    primaries: ['bergen'],
    at: '2026-11-24T12:00:00Z',
    by: 'somebody@host',
    nonce: 'bbbbbbbbbbbbbbbb',
  };
  assert.ok(await claimEpoch(ctx, ctx.session('bergen'), stretch.policy, record));
  await assert.rejects(
    makeKey('sixth', 26),
    (error) => isProblem(error, 'refused') && /the role record changed/.test(error.reason),
  );
  assert.ok(!(await idsOn(bergen)).includes('sixth'));
});
