/** One replica of two that refuses to be read rests, and is shown; the other gets every key at its usual pace. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { metricsText } from '../../cli/agent/metrics-text.ts';
import { isReady, restingLines, type Watch } from '../../cli/agent/watch.ts';
import { systemClock } from '../../core/clock.ts';
import type { Session } from '../../core/device/session.ts';
import { parseNamespace } from '../../core/names.ts';
import { createFigures, figuresOf } from '../../core/replication/agent/figures.ts';
import { runAgent } from '../../core/replication/agent.ts';
import type { Activity } from '../../core/replication/journal/journal.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { pairDevices } from '../../core/transfer/pair.ts';
import { contextOf, policyFor } from '../support/context.ts';
import { idsOn } from '../support/paired.ts';
import { patience } from '../support/patience.ts';
import { createNamespace, importKey, provision, type Site, startSite } from '../support/sites.ts';

const payments = parseNamespace('payments');
let folder: string;
let sites: [oslo: Site, bergen: Site, tromso: Site];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resting-'));
  sites = (await Promise.all(['oslo', 'bergen', 'tromso'].map((name) => startSite(name)))) as typeof sites;
  for (const site of sites) await provision(site);
  const [oslo, ...others] = sites;
  await createNamespace(oslo, 'payments');
  for (const { session } of others)
    await pairDevices({ from: oslo.session, to: session }, { deviceBackups: join(folder, 'pairing') });
});
after(async () => {
  for (const { session, practice } of sites) {
    await session.device.close();
    await practice.close();
  }
  await rm(folder, { recursive: true, force: true });
});

const until = patience(60_000);

test('a replica whose Backup user is refused rests; the other one streams on', async (t) => {
  const [oslo, bergen, tromso] = sites;
  const policy: Policy = {
    ...policyFor('payments', folder),
    sites: { kind: 'one-way', primary: 'oslo', replicas: ['bergen', 'tromso'] },
    replication: { mode: 'streaming', maxLag: 2_000 },
  };
  const events: Omit<Activity, 'at' | 'by'>[] = [];
  const sessions = sites.map(({ session }) => session);
  let asked = 0;
  const wrong = async () => {
    asked += 1;
    return { user: 'backup1', passphrase: 'the one before' };
  };
  const refused = sessions.map(
    (session): Session => (session === bergen.session ? { ...session, backup: wrong } : session),
  );
  const over = { clock: systemClock, onActivity: (event: Activity) => void events.push(event) };
  const ctx = contextOf(sessions, folder, over);
  await syncNamespace(ctx, policy);
  const figures = createFigures(Date.now());
  const own = figuresOf(figures, payments);
  const stop = new AbortController();
  t.after(() => stop.abort());
  const poor = { ...ctx, session: (name: string) => refused.find((one) => one.name === name) as Session };
  const watch: Watch = { figures, current: { ctx, policies: [policy] }, version: '0' };
  const running = runAgent(poor, { policies: [policy], figures }, stop.signal);
  await until('it begins', () => own.lastRunAt !== undefined);
  for (let i = 1; i <= 4; i++) {
    await importKey(oslo, 'payments', `k${i}`, i);
    await until(`k${i}`, async () => (await idsOn(tromso)).includes(`k${i}`));
    await sleep(1_200);
  }
  // Another full comparison may come on a busy machine, but not one for each key.
  assert.ok(own.runs.failed === 0 && own.runs.ok < 4, JSON.stringify([own.runs, events]));
  assert.equal(own.problem, undefined);
  assert.ok(asked < 8, `asked ${asked} times`);
  assert.deepEqual(await idsOn(bergen), []);
  assert.ok(isReady(watch));
  assert.deepEqual(restingLines(watch), ['payments: bergen rests, its passphrase or address has to be mended\n']);
  const text = metricsText(watch, Date.now());
  assert.match(text, /^nethsm_replication_device_resting\{namespace="payments",device="bergen"\} 1$/m);
  assert.match(text, /^nethsm_replication_device_resting\{namespace="payments",device="tromso"\} 0$/m);
  const told = events.filter(({ level, kind }) => level === 'error' && kind === 'unauthorised');
  assert.match(told[0]?.text ?? '', /bergen/);
  stop.abort();
  await running;
  await syncNamespace(ctx, policy);
  assert.deepEqual(await idsOn(bergen), await idsOn(oslo));
  ctx.journal.close();
});
