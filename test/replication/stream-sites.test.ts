/** Streams between two practice devices in this process, on the clock of this machine. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../core/clock.ts';
import { parseNamespace } from '../../core/names.ts';
import { createFigures, figuresOf, meterOf } from '../../core/replication/agent/figures.ts';
import { runAgent } from '../../core/replication/agent.ts';
import type { Context } from '../../core/replication/context.ts';
import { type Activity, linkOf } from '../../core/replication/journal/journal.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { pairDevices } from '../../core/transfer/pair.ts';
import { contextOf, policyFor } from '../support/context.ts';
import { patience } from '../support/patience.ts';
import {
  app,
  createNamespace,
  importKey,
  keeper,
  REPLICATOR_PASSPHRASE,
  type Site,
  type Sites,
  startSites,
} from '../support/sites.ts';

/** An agent beside the first one's journal. */
function agentOf(context: Context, one: Policy) {
  const counted = createFigures(Date.now());
  const stopping = new AbortController();
  const ended = runAgent(context, { policies: [one], figures: counted }, stopping.signal);
  others.push(async () => {
    stopping.abort();
    await ended;
  });
  return {
    own: () => figuresOf(counted, one.namespace),
    async end() {
      stopping.abort();
      await ended;
    },
  };
}

interface Tagged {
  restrictions: { tags?: string[] };
}

const PAYMENTS = parseNamespace('payments');
const LINK = linkOf(PAYMENTS, 'oslo', 'bergen');
const REPLICATOR = { user: 'payments~replicator', passphrase: REPLICATOR_PASSPHRASE };
let sites: Sites;
let ctx: Context;
const events: Activity[] = [];
const figures = createFigures(Date.now());
const stop = new AbortController();
let running: Promise<void>;
/** Ends what a failed test left running. */
const others: (() => Promise<void>)[] = [];

const policy = (): Policy => ({
  ...policyFor('payments', sites.folder),
  replication: { mode: 'streaming', maxLag: 10_000 },
  deletions: 'propagate',
  maxDeletions: { keys: 10, percent: 100 },
});
const ids = async (site: Site): Promise<string[]> =>
  ((await site.must('GET', '/keys', app('payments'))) as { id: string }[]).map(({ id }) => id);

const leases = async (): Promise<unknown[]> =>
  ((await sites.bergen.must('GET', '/users', REPLICATOR)) as { user: string }[]).filter(({ user }) =>
    user.includes('lease'),
  );

const until = patience(20_000, () => JSON.stringify(events.slice(-8)));

before(async () => {
  sites = await startSites();
  await importKey(sites.oslo, 'payments', 'first', 1);
  const sessions = [sites.oslo.session, sites.bergen.session] as const;
  await pairDevices({ from: sessions[0], to: sessions[1] }, { deviceBackups: join(sites.folder, 'pairing') });
  ctx = { ...contextOf(sessions, sites.folder, { clock: systemClock }), onActivity: (one) => events.push(one) };
  running = runAgent(ctx, { policies: [policy()], figures }, stop.signal);
  await until('the first comparison', () => figuresOf(figures, PAYMENTS).runs.ok > 0);
});
after(async () => {
  stop.abort();
  await running;
  for (const end of others) await end();
  ctx.journal.close();
  await sites.close();
});

test('new keys arrive the quick way, and their lag is measured', async () => {
  const comparisons = figuresOf(figures, PAYMENTS).runs.ok;
  for (let i = 1; i <= 30; i++) await importKey(sites.oslo, 'payments', `new-${i}`, 50 + i);
  await until('30 keys', async () => (await ids(sites.bergen)).filter((id) => id.startsWith('new-')).length === 30);
  await until('all are seen', () => meterOf(figures, LINK).figures()?.changes === 30);
  assert.equal(figuresOf(figures, PAYMENTS).runs.ok, comparisons, 'no full comparison was needed');
  const lag = meterOf(figures, LINK).figures();
  assert.ok(lag !== undefined && lag.p50 > 0 && lag.p95 < 15_000, JSON.stringify(lag));
  assert.equal(meterOf(figures, LINK).waiting, undefined);
});

test('a tag, which no listing shows, leads to a comparison, and follows', async () => {
  await sites.oslo.must('PUT', '/keys/new-1/restrictions/tags/berlin', keeper('payments'));
  const tags = async () =>
    ((await sites.bergen.must('GET', '/keys/new-1', app('payments'))) as Tagged).restrictions.tags;
  await until('the tag', async () => (await tags())?.includes('berlin') === true, 40_000);
});

test('a deletion is explained, follows, and what arrived by stream was its ancestor', async () => {
  await sites.oslo.must('DELETE', '/keys/new-2', keeper('payments'));
  await until('the deletion', async () => !(await ids(sites.bergen)).includes('new-2'), 60_000);
  assert.equal(ctx.journal.archivedValues(PAYMENTS).length, 1);
});

test('an idle stream says that it is in sync, by its counters alone', async () => {
  await until('quiet', () => meterOf(figures, LINK).waiting === undefined);
  const before = meterOf(figures, LINK).inSyncAt ?? 0;
  await until('news', () => (meterOf(figures, LINK).inSyncAt ?? 0) > before + 1_000);
});

test('a site that is cut catches up by itself', async () => {
  const comparisons = figuresOf(figures, PAYMENTS).runs.ok;
  const { node } = sites.bergen.practice;
  const health = node.health;
  sites.bergen.practice.nodes[0]?.setHealth('Failed');
  await importKey(sites.oslo, 'payments', 'meanwhile', 200);
  await sleep(3_000);
  assert.ok(figuresOf(figures, PAYMENTS).runs.ok >= comparisons);
  sites.bergen.practice.nodes[0]?.setHealth(health);
  await until('the key', async () => (await ids(sites.bergen)).includes('meanwhile'), 60_000);
});

test('a paused namespace is left alone, and gives its lease back', async () => {
  ctx.journal.pause(PAYMENTS, 'somebody', Date.now());
  await until('the lease', async () => (await leases()).length === 0, 30_000);
  await importKey(sites.oslo, 'payments', 'paused', 210);
  await sleep(1_500);
  assert.ok(!(await ids(sites.bergen)).includes('paused'));
  ctx.journal.resume(PAYMENTS);
  await until('the key', async () => (await ids(sites.bergen)).includes('paused'), 60_000);
});

test('it stops when told to, and nothing of it is left behind', async () => {
  stop.abort();
  await running;
  assert.deepEqual(await leases(), []);
  assert.deepEqual(ctx.journal.openSteps(), []);
});

test('without a Metrics user a device is listed in its stead', async () => {
  const uncounted = (site: Site) => ({ ...site.session, metrics: async () => undefined });
  const sessions = new Map([sites.oslo, sites.bergen].map((site) => [site.name, uncounted(site)]));
  const blind = { ...ctx, session: (name: string) => sessions.get(name) ?? ctx.session(name) };
  const { own, end } = agentOf(blind, policy());
  await until('the first comparison', () => own().runs.ok > 0);
  await importKey(sites.oslo, 'payments', 'unseen', 77);
  await until('the key', async () => (await ids(sites.bergen)).includes('unseen'));
  await end();
});

test('where both sites write, each carries the ids that it owns', async () => {
  await createNamespace(sites.oslo, 'iot');
  const iot = parseNamespace('iot');
  const owner = { user: 'iot~replicator', passphrase: REPLICATOR_PASSPHRASE };
  const site = (device: string) => ({ device, owns: (id: string) => id.startsWith(`${device}-`) });
  const twoWay: Policy = {
    ...policy(),
    namespace: iot,
    sites: { kind: 'two-way', sites: ['oslo', 'bergen'].map(site) },
  };
  const { own, end } = agentOf(ctx, twoWay);
  await until('the first comparison', () => own().runs.ok > 0);
  const comparisons = own().runs.ok;
  const key = { type: 'Curve25519', mechanisms: ['EdDSA_Signature'] };
  const make = (at: Site, id: string) => at.must('POST', '/keys/generate', owner, { ...key, id });
  const listed = async (at: Site) => ((await at.must('GET', '/keys', owner)) as { id: string }[]).map(({ id }) => id);
  for (let i = 0; i < 5; i++) await Promise.all([make(sites.oslo, `oslo-${i}`), make(sites.bergen, `bergen-${i}`)]);
  const isThere = async (at: Site) => (await listed(at)).length === 10;
  await until('all on both', async () => (await isThere(sites.oslo)) && (await isThere(sites.bergen)));
  assert.equal(own().runs.ok, comparisons, 'no full comparison was needed');
  await make(sites.bergen, 'nobodys');
  await until('a shared id', async () => (await listed(sites.oslo)).includes('nobodys'), 60_000);
  await until('the comparison that carried it', () => own().runs.ok > comparisons);
  await end();
});
