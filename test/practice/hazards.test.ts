/** The hazards of a restore, each as it happens to a real device. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { PracticeDevice } from '../../practice/index.ts';
import {
  ADMIN,
  ask,
  beginRestore,
  importKey,
  KEEPER,
  kvWrite,
  listIds,
  restore,
  settled,
  takeBackup,
} from './client.ts';
import { startReady } from './device.ts';
import { END_OF_FILE, OTHER_MARK, type Parts, putTogether, takeApart, under } from './parts.ts';

const TRUNCATED = 'The backup file was truncated. Present keys were still restored.';
const health = async (url: string): Promise<string> => (await ask(url, 'GET', '/health/state')).json().state;
const unlock = (url: string, passphrase: string) => ask(url, 'POST', '/unlock', undefined, { passphrase });

describe('on a device of its own', { timeout: 30_000 }, () => {
  let device: PracticeDevice;
  let url: string;
  let file: Buffer;
  let parts: Parts;

  before(async () => {
    device = await startReady();
    url = device.url;
    await importKey(url, 'k1');
    await importKey(url, 'k2', KEEPER, 2);
    file = await takeBackup(url);
    parts = await takeApart(file);
  });
  after(() => device.close());

  /** Runs on a device as it was after `before`, whatever happened in between. */
  const fresh = (run: () => Promise<void>) => async () => {
    const store = device.snapshot();
    const { domainKey } = device.node;
    try {
      await run();
    } finally {
      device.rollBack(store);
      device.node.domainKey = domainKey;
      device.node.health = 'Operational';
      device.node.punished.clear();
      device.node.machine.gate.restoring = undefined;
      device.node.machine.gate.flag = false;
    }
  };

  test(
    '1: the header of an earlier unlock passphrase locks it for good, a power cycle changes nothing',
    fresh(async () => {
      const change = { newPassphrase: 'unlockunlock2', currentPassphrase: 'unlockunlock' };
      assert.equal((await ask(url, 'PUT', '/config/unlock-passphrase', ADMIN, change)).status, 204);
      const answer = await restore(url, putTogether(parts, under(parts, '/key/.ns1/'), OTHER_MARK));
      assert.equal(answer.json().message, TRUNCATED);
      assert.equal(await health(url), 'Locked');
      device.nodes[0]?.powerCycle();
      for (const passphrase of ['unlockunlock', 'unlockunlock2']) {
        assert.equal((await unlock(url, passphrase)).status, 403);
        device.node.punished.clear();
      }
    }),
  );

  test(
    '3: any path is stored as it is; odd ones are out of reach of the API, a misplaced marker stays for good',
    fresh(async () => {
      const value = under(parts, '/namespace/ns1')[0]?.value as Buffer;
      const odd = ['/key/.ns1/../../config/x', '/key/.ns1/sub/y', '/key/.ns1//', '/namespace/other'];
      const entries = odd.map((path) => ({ path, value }));
      assert.equal((await restore(url, putTogether(parts, entries, OTHER_MARK))).json().message, TRUNCATED);
      for (const path of odd) assert.ok(device.node.machine.store.has(path), path);
      assert.equal((await ask(url, 'DELETE', '/keys/sub%2Fy', KEEPER)).status, 400);
      assert.equal((await ask(url, 'DELETE', '/namespaces/other', ADMIN)).status, 500);
      assert.ok((await ask(url, 'GET', '/namespaces', ADMIN)).text.includes('other'));
    }),
  );

  test(
    '4: a right end mark on a part of a file deletes everything else, the administrator too',
    fresh(async () => {
      const answer = await restore(url, putTogether(parts, under(parts, '/key/.ns1/k1'), END_OF_FILE));
      assert.equal(answer.status, 204);
      const left = [...device.node.machine.store.scan()].map(({ path }) => path);
      assert.deepEqual(
        left.filter((path) => /^\/(key|authentication|namespace)\//.test(path)),
        ['/key/.ns1/k1'],
      );
      assert.equal((await ask(url, 'GET', '/users', ADMIN)).status, 401);
    }),
  );

  test(
    '5: another magic is refused untouched',
    fresh(async () => {
      const writes = device.node.metrics.kvWrite;
      const other = Buffer.from(file);
      other.write('_NETHSM_ARCHIVE');
      const answer = await restore(url, other, { backupPassphrase: 'backupPassphrase' });
      assert.deepEqual([answer.status, answer.json().message], [400, 'Not a NetHSM backup file']);
      assert.equal(device.node.metrics.kvWrite, writes);
    }),
  );

  test(
    '6: while a body is on its way writes wait, reads and backups go on, a second restore fails; FIN ends it well',
    fresh(async () => {
      const body = putTogether(parts, under(parts, '/key/.ns1/'), OTHER_MARK);
      const socket = await beginRestore(url, body, body.length - 300);
      const write = importKey(url, 'k3');
      const removal = ask(url, 'DELETE', '/keys/k2', KEEPER);
      assert.equal(await settled(write), 'waits');
      assert.equal(await settled(removal), 'waits');
      assert.deepEqual(await listIds(url), ['k1', 'k2']);
      assert.ok((await takeBackup(url)).length > 3000);
      assert.equal((await restore(url, body)).status, 500);
      const answer = new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())));
      socket.end();
      assert.match(await answer, /^HTTP\/1.1 400 [\s\S]*Unexpected end of data/);
      assert.equal((await write).status, 204);
      assert.equal((await removal).status, 204);
    }),
  );

  test(
    '6: a reset in the body leaves writes, restores and a reboot hanging for ever, past a power cycle; a finished restore heals',
    fresh(async () => {
      const body = putTogether(parts, under(parts, '/key/.ns1/'), OTHER_MARK);
      const socket = await beginRestore(url, body, body.length - 300);
      await settled(listIds(url));
      socket.resetAndDestroy();
      await new Promise((resolve) => setTimeout(resolve, 50));
      const hanging = (path: string, method = 'POST') => settled(ask(url, method, path, ADMIN).catch(() => 'cut'));
      assert.equal(await hanging('/namespaces/ns2', 'PUT'), 'waits');
      assert.equal(await hanging('/system/reboot'), 'waits');
      assert.equal((await restore(url, body)).status, 500);
      assert.deepEqual(await listIds(url), ['k1', 'k2']);

      device.nodes[0]?.powerCycle();
      assert.equal((await unlock(url, 'unlockunlock')).status, 204);
      assert.equal(await hanging('/namespaces/ns2', 'PUT'), 'waits');
      assert.equal((await restore(url, body)).json().message, TRUNCATED);
      assert.equal((await ask(url, 'PUT', '/namespaces/ns3', ADMIN)).status, 204);
    }),
  );

  test(
    'an append counts one write, whatever it carries',
    fresh(async () => {
      const before = await kvWrite(url);
      const entries = Array.from({ length: 600 }, (_, i) => ({ path: `/key/.ns1/x${i}`, value: Buffer.alloc(40, i) }));
      assert.equal((await restore(url, putTogether(parts, entries, OTHER_MARK))).status, 400);
      assert.equal(await kvWrite(url), before + 1);
      assert.equal((await listIds(url)).length, 602);
    }),
  );
});

test('2: the header of another node of a cluster wipes that node, which a reboot shows', async () => {
  const device = await startReady({ nodes: 2, deviceId: 'dev' });
  try {
    const [first, second] = device.nodes as [(typeof device.nodes)[0], (typeof device.nodes)[0]];
    await importKey(first.url, 'k1');
    const parts = await takeApart(await takeBackup(second.url));
    const answer = await restore(first.url, putTogether(parts, under(parts, '/key/.ns1/k1'), OTHER_MARK));
    assert.equal(answer.json().message, TRUNCATED);
    assert.deepEqual(await Promise.all(device.nodes.map(({ url }) => health(url))), ['Operational', 'Operational']);
    for (const node of device.nodes) node.powerCycle();
    assert.equal((await unlock(first.url, 'unlockunlock')).status, 204);
    assert.equal((await unlock(second.url, 'unlockunlock')).status, 403);
  } finally {
    await device.close();
  }
});

test('4: a V0 upload that is cut between two entries is answered 204 and deletes what comes later', async () => {
  const device = await startReady({ release: '3.1' });
  try {
    for (const id of ['k1', 'k2', 'k3']) await importKey(device.url, id);
    const parts = await takeApart(await takeBackup(device.url));
    const upTo = parts.entries.findIndex(({ path }) => path === '/key/.ns1/k1');
    const answer = await restore(device.url, putTogether(parts, parts.entries.slice(0, upTo + 1), Buffer.alloc(0)));
    assert.equal(answer.status, 204);
    const keys = [...device.node.machine.store.names('/key/.ns1/')];
    assert.deepEqual(keys, ['k1']);
    assert.deepEqual([...device.node.machine.store.names('/namespace/')], []);
  } finally {
    await device.close();
  }
});

test('7: under its quota a restore of many entries breaks off with its beginning missing', async () => {
  const device = await startReady({ quotaBytes: 200_000 });
  try {
    const parts = await takeApart(await takeBackup(device.url));
    const value = Buffer.alloc(200, 1);
    const entries = Array.from({ length: 1024 }, (_, i) => ({
      path: `/key/.ns1/x${String(i).padStart(4, '0')}`,
      value,
    }));
    const answer = await restore(device.url, putTogether(parts, entries, OTHER_MARK));
    assert.equal(answer.status, 500);
    const [first] = device.node.machine.store.names('/key/.ns1/');
    assert.equal(first, 'x0512');
  } finally {
    await device.close();
  }
});
