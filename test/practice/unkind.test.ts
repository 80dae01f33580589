/** What makes a real device harder to live with than a map behind HTTP. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { NodeHandle, PracticeDevice } from '../../practice/index.ts';
import {
  ADMIN,
  APP,
  ask,
  importKey,
  KEEPER,
  kvWrite,
  listIds,
  METRICS,
  restore,
  settled,
  takeBackup,
} from './client.ts';
import { startReady } from './device.ts';
import { OTHER_MARK, putTogether, takeApart, under } from './parts.ts';

describe('two nodes on one store', { timeout: 30_000 }, () => {
  let device: PracticeDevice;
  let one: NodeHandle;
  let two: NodeHandle;
  const clock = { now: Date.UTC(2026, 10, 24) };
  const sign = (url: string) =>
    ask(url, 'POST', '/keys/k1/sign', APP, { mode: 'EdDSA', message: Buffer.from('x').toString('base64') });
  const operations = async (url: string) => (await ask(url, 'GET', '/keys/k1', KEEPER)).json().operations;

  before(async () => {
    device = await startReady({ nodes: 2, deviceId: 'dev', now: () => clock.now });
    [one, two] = device.nodes as [NodeHandle, NodeHandle];
    await importKey(one.url, 'k1');
  });
  after(() => device.close());

  test('each has its own device id, both show the same keys', async () => {
    const ids = await Promise.all(
      [one, two].map(async ({ url }) => (await ask(url, 'GET', '/system/info', ADMIN)).json().deviceId),
    );
    assert.deepEqual(ids, ['dev', 'dev-2']);
    assert.deepEqual(await listIds(two.url), ['k1']);
  });

  test('kv write counts the writes of each node alone', async () => {
    const before = [await kvWrite(one.url), await kvWrite(two.url)] as const;
    await importKey(two.url, 'k2', KEEPER, 2);
    assert.deepEqual([await kvWrite(one.url), await kvWrite(two.url)], [before[0], before[1] + 1]);
  });

  test('a user removed on one node is known to the other for up to ten seconds', async () => {
    const late = 'ns1~late:latelatelate';
    const body = { realName: 'x', role: 'Operator', passphrase: 'latelatelate' };
    await ask(one.url, 'PUT', '/users/ns1~late', KEEPER, body);
    assert.equal((await ask(two.url, 'GET', '/keys', late)).status, 200);
    await ask(one.url, 'DELETE', '/users/ns1~late', KEEPER);
    assert.equal((await ask(one.url, 'GET', '/keys', late)).status, 401);
    assert.equal((await ask(two.url, 'GET', '/keys', late)).status, 200);
    clock.now += 10_001;
    assert.equal((await ask(two.url, 'GET', '/keys', late)).status, 401);
  });

  test('uses are counted in memory by each node, and written once an hour, which changes the bytes and kv write', async () => {
    await sign(one.url);
    await sign(one.url);
    const stored = device.node.machine.store.get('/key/.ns1/k1');
    assert.deepEqual([await operations(one.url), await operations(two.url)], [2, 0]);
    const before = await kvWrite(one.url);
    clock.now += 3_600_001;
    assert.equal(await kvWrite(one.url), before + 1);
    assert.notDeepEqual(device.node.machine.store.get('/key/.ns1/k1'), stored);
    assert.deepEqual([await operations(one.url), await operations(two.url)], [2, 2]);
  });

  test('deletions pass on the other node while a body arrives', async () => {
    const { gate } = device.node.machine;
    const { promise, resolve } = Promise.withResolvers<void>();
    gate.restoring = { node: one.node, ended: promise, end: resolve };
    try {
      assert.equal(await settled(ask(one.url, 'DELETE', '/keys/k2', KEEPER)), 'waits');
      assert.equal(await settled(importKey(two.url, 'k4')), 'waits');
      assert.equal((await ask(two.url, 'DELETE', '/keys/k2', KEEPER)).status, 204);
    } finally {
      gate.restoring = undefined;
      resolve();
    }
  });
});

describe('one node', () => {
  let device: PracticeDevice;
  let url: string;

  before(async () => {
    device = await startReady({ creationPauseMs: 10 });
    url = device.url;
  });
  after(() => device.close());

  test('two creations of one key at the same moment both succeed, the later one stays', async () => {
    const answers = await Promise.all([importKey(url, 'race', KEEPER, 1), importKey(url, 'race', KEEPER, 2)]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [204, 204],
    );
    assert.equal((await importKey(url, 'race')).status, 400);
  });

  test('two creations of one user do, too', async () => {
    const put = (passphrase: string) =>
      ask(url, 'PUT', '/users/ns1~twin', KEEPER, { realName: 'x', role: 'Operator', passphrase });
    const answers = await Promise.all([put('passphrase1'), put('passphrase2')]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [201, 201],
    );
  });

  test('requests wait for the pass over the store that a backup begins with, and it grows with the store', async () => {
    await device.seedKeys('big', 60_000);
    const begun = performance.now();
    const backup = takeBackup(url);
    await new Promise((resolve) => setTimeout(resolve, 30));
    await ask(url, 'GET', '/health/state');
    assert.ok(performance.now() - begun > 150, `waited ${performance.now() - begun} ms`);
    await backup;
  });

  test('an old state comes back behind our back: kv write rises by one and what came since is gone', async () => {
    const old = device.snapshot();
    await importKey(url, 'young');
    const before = await kvWrite(url);
    device.rollBack(old);
    assert.ok(!(await listIds(url)).includes('young'));
    assert.equal(await kvWrite(url), before + 1);
  });

  test('the clock can be wrong', async () => {
    const time = async () => Date.parse((await ask(url, 'GET', '/config/time', ADMIN)).json().time);
    const before = await time();
    device.nodes[0]?.skewClock(3_600_000);
    assert.ok(Math.abs((await time()) - before - 3_600_000) < 5000);
  });

  test('a full disk fails writes, not reads', async () => {
    device.setDiskFull(true);
    assert.equal((await importKey(url, 'full')).status, 500);
    assert.ok((await listIds(url)).includes('race'));
    device.setDiskFull(false);
    assert.equal((await importKey(url, 'full')).status, 204);
  });

  test('a Failed node answers 412 and says so', async () => {
    device.nodes[0]?.setHealth('Failed');
    assert.equal((await ask(url, 'GET', '/keys', KEEPER)).status, 412);
    assert.equal((await ask(url, 'GET', '/health/state')).json().state, 'Failed');
    device.nodes[0]?.setHealth('Operational');
    assert.equal((await ask(url, 'GET', '/keys', KEEPER)).status, 200);
  });

  test('a device locked on purpose needs its unlock passphrase', async () => {
    device.nodes[0]?.setHealth('Locked');
    assert.equal((await ask(url, 'GET', '/keys', KEEPER)).status, 412);
    assert.equal(device.node.domainKey, undefined);
    assert.equal((await ask(url, 'POST', '/unlock', undefined, { passphrase: 'unlockunlock' })).status, 204);
    assert.equal((await ask(url, 'GET', '/keys', KEEPER)).status, 200);
  });

  test('a power cycle locks it, and kv write and uptime start again', async () => {
    device.nodes[0]?.powerCycle();
    assert.equal((await ask(url, 'GET', '/health/state')).json().state, 'Locked');
    assert.equal((await ask(url, 'POST', '/unlock', undefined, { passphrase: 'unlockunlock' })).status, 204);
    const { uptime, 'kv write': writes } = (await ask(url, 'GET', '/metrics', METRICS)).json();
    assert.deepEqual([Number(uptime) < 5, writes], [true, '0']);
  });

  test('the factory state is Unprovisioned and empty', async () => {
    device.factoryReset();
    assert.equal((await ask(url, 'GET', '/health/state')).json().state, 'Unprovisioned');
    assert.deepEqual([...device.node.machine.store.names('/authentication/')], []);
  });
});

describe('releases', () => {
  test('4.0 speaks format 1 but can not read a key with a label that came sealed', async () => {
    const [newer, older] = await Promise.all([startReady(), startReady({ release: '4.0' })]);
    try {
      const paired = await restore(older.url, await takeBackup(newer.url), { backupPassphrase: 'backupPassphrase' });
      assert.equal(paired.status, 204);
      await ask(older.url, 'POST', '/unlock', undefined, { passphrase: 'unlockunlock' });
      await importKey(newer.url, 'plain');
      await importKey(newer.url, 'labelled');
      await ask(newer.url, 'PUT', '/keys/labelled/label', KEEPER, { label: 'name' });
      const source = await takeApart(await takeBackup(newer.url));
      const target = await takeApart(await takeBackup(older.url));
      await restore(older.url, putTogether(target, under(source, '/key/.ns1/'), OTHER_MARK));
      assert.deepEqual(await listIds(older.url), ['labelled', 'plain']);
      assert.equal((await ask(older.url, 'GET', '/keys/plain', KEEPER)).status, 200);
      assert.equal((await ask(older.url, 'GET', '/keys/labelled', KEEPER)).status, 500);
      assert.equal((await ask(older.url, 'GET', '/system/info', ADMIN)).json().softwareVersion, '4.0');
    } finally {
      await Promise.all([newer.close(), older.close()]);
    }
  });

  test('3.1 writes format 0 and refuses format 1; a whole format-0 file restores', async () => {
    const device = await startReady({ release: '3.1' });
    try {
      await importKey(device.url, 'k1');
      const file = await takeBackup(device.url);
      assert.equal(file[15], 0);
      await importKey(device.url, 'k2');
      const newer = Buffer.from(file);
      newer[15] = 1;
      assert.match((await restore(device.url, newer)).text, /provided backup version is 1/);
      assert.equal((await restore(device.url, file)).status, 204);
      assert.deepEqual(await listIds(device.url), ['k1']);
    } finally {
      await device.close();
    }
  });
});
