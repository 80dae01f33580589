/**
 * The agent as a real process against practice devices as real processes: killed, its devices stopped and continued, its
 * passphrases rotated, its disk full. NETHSM_TEST_KILLS=50 kills it so often in place of 5.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { patience } from '../support/patience.ts';
import { QUICKLY } from '../support/quick-scrypt.ts';
import { type AgentProcess, startAgent, startTwoSites, type TwoSites } from '../support/site-processes.ts';
import { ADMIN, app, importKey, REPLICATOR_PASSPHRASE } from '../support/sites.ts';

const KILLS = Number(process.env.NETHSM_TEST_KILLS ?? 5);
let sites: TwoSites;
let agent: AgentProcess;
/** Every key that Oslo acknowledged. */
const acknowledged: string[] = [];

const create = async (id: string): Promise<void> => {
  await importKey(sites.oslo, 'payments', id, (acknowledged.length % 200) + 1);
  acknowledged.push(id);
};
const idsOn = async (site: TwoSites['oslo']): Promise<Set<string>> =>
  new Set(((await site.must('GET', '/keys', app('payments'))) as { id: string }[]).map(({ id }) => id));

const until = patience(90_000, () => {
  // What lasts is told once: it may be far from the end.
  const events = agent.events.filter(({ level }, i, all) => level !== 'info' || i >= all.length - 6);
  return `${JSON.stringify(events)} ${agent.stderr()}`;
});

async function allArrived(): Promise<boolean> {
  const there = await idsOn(sites.bergen).catch(() => new Set());
  return acknowledged.every((id) => there.has(id));
}

const page = async (path: string): Promise<{ status: number; text: string }> => {
  const answer = await fetch((await agent.url()) + path);
  return { status: answer.status, text: await answer.text() };
};

before(async () => {
  sites = await startTwoSites('{ mode: streaming, maxLag: 10s }', QUICKLY);
  for (let i = 0; i < 5; i++) await create(`start-${i}`);
  agent = startAgent(sites);
});
after(async () => {
  agent.child.kill('SIGKILL');
  await sites.close();
});

test('the first synchronisation, and the endpoints', async () => {
  assert.equal((await page('/healthz')).status, 200);
  await until('all keys', allArrived);
  await until('ready', async () => (await page('/readyz')).status === 200);
  const { text } = await page('/metrics');
  assert.match(text, /^nethsm_replication_keys_moved_total\{namespace="payments"\} 5$/m);
  assert.match(text, /^nethsm_replication_lag_seconds\{namespace="payments",left="bergen",right="oslo"\} \d/m);
  assert.match(text, /^nethsm_replication_device_reachable\{device="oslo"\} 1$/m);
  assert.equal((await page('/elsewhere')).status, 404);
  assert.equal((await fetch(`${await agent.url()}/metrics`, { method: 'POST' })).status, 405);
});

test('an agent that is killed, sooner or later, loses nothing', async (t) => {
  let n = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    // Spread over three seconds, whatever the number of kills.
    const end = Date.now() + 200 + ((kill * 0.618) % 1) * 3_000;
    while (Date.now() < end) await create(`kill-${n++}`);
    agent.child.kill('SIGKILL');
    await agent.exit;
    agent = startAgent(sites);
  }
  // A lease that nobody gave back runs out; its own agent takes it over sooner.
  await until('all keys', allArrived, 240_000);
  t.diagnostic(`${KILLS} kills, ${n} keys`);
  const check = { realName: 'x', role: 'Operator', passphrase: 'checkPassphrase' };
  await sites.bergen.must('PUT', '/users/check', ADMIN, check);
  await sites.bergen.must('DELETE', '/users/check', ADMIN);
});

test('a replica that stops and goes on catches up', async () => {
  sites.bergen.child.kill('SIGSTOP');
  for (let i = 0; i < 10; i++) await create(`stopped-${i}`);
  await sleep(3_000);
  assert.equal((await page('/healthz')).status, 200);
  sites.bergen.child.kill('SIGCONT');
  await until('all keys', allArrived, 180_000);
});

test('a manifest with errors changes nothing, a valid one takes effect', async () => {
  const text = await readFile(sites.manifest, 'utf8');
  await appendFile(sites.manifest, '    nonsense: true\n');
  await until('the refusal', () => agent.events.some(({ text }) => text.includes('is not valid')));
  await create('meanwhile');
  await until('the key', allArrived);
  await writeFile(sites.manifest, text.replace('maxLag: 10s', 'maxLag: 20s'));
  await until('the change', () => agent.events.some(({ text }) => text.includes('begins anew')));
  await create('afterwards');
  await until('the key', allArrived);
});

test('a rotated passphrase is taken from its file', async () => {
  const next = 'another replicator passphrase';
  const user = { user: 'payments~replicator', passphrase: REPLICATOR_PASSPHRASE };
  for (const site of [sites.oslo, sites.bergen]) {
    await site.must('POST', '/users/payments~replicator/passphrase', user, { passphrase: next });
  }
  await create('rotated');
  await until('the refusal', () => agent.events.some(({ kind }) => kind === 'unauthorised'), 180_000);
  const starts = () => agent.events.filter(({ kind }) => kind === 'start').length;
  const before = starts();
  await sleep(3_000);
  assert.equal(starts(), before, 'nothing begins anew while the secret is the same');
  await writeFile(join(sites.folder, 'replicator'), next);
  await until('the key', allArrived, 25_000);
  assert.equal(starts(), before + 1);
  assert.equal(agent.events.filter(({ kind }) => kind === 'secrets').length, 1);
});

test('a full disk is told of, and once there is room all goes on', async (t) => {
  const small = join(sites.folder, 'small');
  await mkdir(small);
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'none', small]);
  if (mount.status !== 0) return t.skip('only root may mount a small disk');
  agent.child.kill('SIGTERM');
  await agent.exit;
  try {
    agent = startAgent({ ...sites, state: small });
    await until('the first comparison', async () => (await page('/readyz')).status === 200);
    const full = join(small, 'full');
    await writeFile(full, Buffer.alloc(70_000_000)).catch(() => {});
    for (let i = 0; i < 5; i++) await create(`full-${i}`);
    await until('the error', () => agent.events.some(({ level }) => level === 'error'));
    assert.equal((await page('/healthz')).status, 200, 'it lives on');
    await rm(full);
    await until('all keys', allArrived, 180_000);
  } finally {
    agent.child.kill('SIGTERM');
    await agent.exit;
    spawnSync('umount', [small]);
    agent = startAgent(sites);
  }
  await create('after-full');
  await until('all keys', allArrived, 180_000);
});

test('SIGTERM ends it with 0, and its lease is given back', async () => {
  await create('last');
  await sleep(100);
  const begun = Date.now();
  agent.child.kill('SIGTERM');
  assert.deepEqual(await agent.exit, [0, null], agent.stderr());
  assert.ok(Date.now() - begun < 30_000);
  const users = (await sites.bergen.must('GET', '/users', ADMIN)) as { user: string }[];
  assert.deepEqual(
    users.filter(({ user }) => user.includes('lease')),
    [],
  );
  assert.equal(agent.events.at(-1)?.kind, 'stop');
});
