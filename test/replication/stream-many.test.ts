/** Streams where more is at work than two devices and one agent: on a clock that runs faster than this machine's. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../core/clock.ts';
import { parseNamespace } from '../../core/names.ts';
import { createFigures, figuresOf, meterOf } from '../../core/replication/agent/figures.ts';
import { runAgent } from '../../core/replication/agent.ts';
import type { Context } from '../../core/replication/context.ts';
import { type Activity, linkOf } from '../../core/replication/journal/journal.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { pairDevices } from '../../core/transfer/pair.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { contextOf, policyFor } from '../support/context.ts';
import { idsOn, keysOn } from '../support/paired.ts';
import { patience } from '../support/patience.ts';
import {
  createNamespace,
  importKey,
  provision,
  REPLICATOR_PASSPHRASE,
  type Site,
  startSite,
} from '../support/sites.ts';

const PAYMENTS = parseNamespace('payments');
const REPLICATOR = { user: 'payments~replicator', passphrase: REPLICATOR_PASSPHRASE };
/** Twenty seconds pass in one. */
const PACE = 20;
const begun = Date.now();
const clock: Clock = {
  now: () => begun + Math.round((Date.now() - begun) * PACE),
  sleep: (ms, signal) => sleep(ms / PACE, undefined, signal ? { signal } : {}),
};

/** Oslo is a cluster of two nodes. */
let oslo: Cluster;
let bergen: Site;
let tromso: Site;
let folder: string;
const agents: { ctx: Context; end(): Promise<void>; events: Activity[] }[] = [];

/** The cluster is the primary of one namespace and the replica of another. */
const policies = (): Policy[] => [
  { ...streamed('payments'), sites: { kind: 'one-way', primary: 'oslo', replicas: ['bergen', 'tromso'] } },
  { ...streamed('iot'), sites: { kind: 'one-way', primary: 'bergen', replicas: ['oslo'] } },
];
const streamed = (namespace: string): Policy => ({
  ...policyFor(namespace, folder),
  replication: { mode: 'streaming', maxLag: 30_000 },
  deletions: 'propagate',
  maxDeletions: { keys: 10, percent: 100 },
});

function startAgent(controller: string) {
  const events: Activity[] = [];
  const sessions = [oslo.session, bergen.session, tromso.session];
  const ctx = {
    ...contextOf(sessions, folder, { clock, controller }),
    onActivity: (one: Activity) => void events.push(one),
  };
  const figures = createFigures(clock.now());
  const stop = new AbortController();
  const ended = runAgent(ctx, { policies: policies(), figures }, stop.signal);
  const end = async (): Promise<void> => {
    stop.abort();
    await ended;
  };
  const agent = { ctx, end, events, figures, own: (namespace = PAYMENTS) => figuresOf(figures, namespace) };
  agents.push(agent);
  return agent;
}

const until = patience(60_000, () =>
  JSON.stringify(agents.map(({ events }) => events.slice(-6).map(({ kind, text }) => `${kind}: ${text}`))),
);

const has = async (site: Pick<Site, 'must'>, ids: readonly string[]): Promise<boolean> => {
  const there = new Set(await idsOn(site));
  return ids.every((id) => there.has(id));
};
const named = (name: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${name}-${i}`);
let byte = 0;
async function make(site: Pick<Site, 'must'>, ids: readonly string[]): Promise<void> {
  for (const id of ids) await importKey(site, 'payments', id, (byte++ % 250) + 1);
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'many-'));
  const options = { now: clock.now };
  oslo = await startCluster('oslo', options);
  [bergen, tromso] = [await startSite('bergen', options), await startSite('tromso', options)];
  for (const site of [oslo, bergen, tromso]) await provision(site);
  await createNamespace(oslo, 'payments');
  await make(oslo, ['first']);
  for (const { session } of [bergen, tromso]) {
    await pairDevices({ from: oslo.session, to: session }, { deviceBackups: join(folder, 'pairing') });
  }
  await createNamespace(bergen, 'iot');
});
after(async () => {
  for (const { end, ctx } of agents) {
    await end();
    ctx.journal.close();
  }
  await oslo.close();
  for (const { session, practice } of [bergen, tromso]) {
    await session.device.close();
    await practice.close();
  }
  await rm(folder, { recursive: true, force: true });
});

test('keys made at either node of a primary arrive on all replicas, at every node', async () => {
  const { own, figures, events } = startAgent('run@one');
  await until('the first comparison', () => own().runs.ok > 0);
  // What is written while everything is compared asks for another comparison, which would carry these keys.
  for (let told = -1; told !== events.length; await sleep(1_000)) told = events.length;
  const ids = named('both', 12);
  await Promise.all([make(oslo, ids.slice(0, 6)), make(oslo.second, ids.slice(6))]);
  for (const site of [bergen, tromso]) await until('all keys', () => has(site, ids));
  for (const replica of ['bergen', 'tromso']) {
    const meter = meterOf(figures, linkOf(PAYMENTS, 'oslo', replica));
    await until('all came the quick way', () => meter.figures()?.changes === ids.length);
  }
  assert.deepEqual(await keysOn(bergen), await keysOn(oslo));
  assert.deepEqual(await keysOn(tromso), await keysOn(oslo));
});

test('keys that arrive at a cluster are on both of its nodes', async () => {
  const ids = named('cluster', 6);
  for (const [i, id] of ids.entries()) await importKey(bergen, 'iot', id, 100 + i);
  const at = async (site: Pick<Site, 'must'>) => (await idsOn(site, 'iot')).length;
  for (const site of [oslo, oslo.second]) await until('all keys', async () => (await at(site)) === ids.length);
  assert.deepEqual(await keysOn(oslo.second, 'iot'), await keysOn(bergen, 'iot'));
});

test('a replica that is away holds up no other, and catches up when it is back', async () => {
  tromso.practice.nodes[0]?.inject({ kind: 'cut-before', times: 1e9 });
  const ids = named('without', 5);
  await make(oslo.second, ids);
  await until('the keys at the other', () => has(bergen, ids));
  tromso.practice.nodes[0]?.clearFaults();
  await until('the keys at the one that is back', () => has(tromso, ids));
});

test('two agents of one namespace take turns, and nothing is lost when either ends', async () => {
  const other = startAgent('run@other');
  const [first] = agents;
  const ids: string[] = [];
  for (let round = 0; round < 3; round++) {
    const more = named(`round${round}`, 4);
    ids.push(...more);
    await make(round % 2 === 0 ? oslo : oslo.second, more);
    for (const site of [bergen, tromso]) await until(`round ${round}`, () => has(site, ids));
  }
  await first?.end();
  const alone = named('alone', 4);
  await make(oslo, alone);
  for (const site of [bergen, tromso]) await until('what the second carries alone', () => has(site, alone), 90_000);
  await until('its comparison', () => other.own().runs.ok > 0);
  await other.end();

  for (const site of [bergen, tromso]) assert.deepEqual(await keysOn(site), await keysOn(oslo));
  for (const { ctx, events } of agents) {
    assert.deepEqual(ctx.journal.openSteps(), []);
    const serious = events.filter(
      ({ level, kind, text }) => level === 'alarm' || kind === 'write-blocked' || /somebody took it over/.test(text),
    );
    assert.deepEqual(serious, []);
  }
  for (const site of [oslo, bergen, tromso]) {
    const users = (await site.must('GET', '/users', REPLICATOR)) as { user: string }[];
    assert.deepEqual(
      users.filter(({ user }) => user.includes('lease')),
      [],
      'no lease is left',
    );
  }
});
