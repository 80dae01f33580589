import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Fault, type NodeHandle, PROXY_PAGE, type PracticeDevice } from '../../practice/index.ts';
import { ask, importKey, KEEPER, listIds, restore, settled, takeBackup } from './client.ts';
import { startReady } from './device.ts';

describe('faults on demand', () => {
  let device: PracticeDevice;
  let node: NodeHandle;
  let url: string;
  const inject = (fault: Fault) => node.inject(fault);

  before(async () => {
    device = await startReady();
    [node] = device.nodes as [NodeHandle];
    url = device.url;
    await importKey(url, 'k1');
  });
  after(() => device.close());

  test('slow: the answer comes late, once', async () => {
    inject({ kind: 'slow', ms: 500, path: /^\/keys/ });
    const begun = performance.now();
    await listIds(url);
    assert.ok(performance.now() - begun >= 495);
    const again = performance.now();
    await listIds(url);
    assert.ok(performance.now() - again < 400);
  });

  test('cut before the effect: no answer and nothing done', async () => {
    inject({ kind: 'cut-before', method: 'PUT' });
    await assert.rejects(importKey(url, 'before'));
    assert.ok(!(await listIds(url)).includes('before'));
  });

  test('cut after the effect: no answer, and yet it is done', async () => {
    inject({ kind: 'cut-after', method: 'PUT' });
    await assert.rejects(importKey(url, 'after'));
    assert.ok((await listIds(url)).includes('after'));
  });

  test('a cut answer breaks off, a stalled one never ends', async () => {
    inject({ kind: 'cut-answer', bytes: 5, path: /^\/keys$/ });
    await assert.rejects(listIds(url));
    inject({ kind: 'stall-answer', bytes: 5, path: /^\/keys$/ });
    assert.equal(await settled(listIds(url).catch(() => [])), 'waits');
  });

  test('a backup can be cut in its middle', async () => {
    inject({ kind: 'cut-answer', bytes: 2000, path: /backup$/ });
    await assert.rejects(takeBackup(url));
    assert.ok((await takeBackup(url)).length > 2000);
  });

  test('other answers: a proxy, a precondition, a failure; only for what they name, only so often', async () => {
    inject({ ...PROXY_PAGE, path: /^\/keys/, times: 2 });
    for (let i = 0; i < 2; i++) {
      const { status, type, text } = await ask(url, 'GET', '/keys', KEEPER);
      assert.deepEqual([status, type], [502, 'text/html']);
      assert.match(text, /Bad Gateway/);
    }
    assert.equal((await ask(url, 'GET', '/keys', KEEPER)).status, 200);
    inject({ kind: 'answer', status: 412, method: 'DELETE' });
    assert.equal((await ask(url, 'GET', '/keys', KEEPER)).status, 200);
    assert.equal((await ask(url, 'DELETE', '/keys/k1', KEEPER)).status, 412);
  });

  test('faults that have not hit can be taken back', async () => {
    inject({ kind: 'cut-before', times: 100 });
    node.clearFaults();
    assert.equal((await ask(url, 'GET', '/keys', KEEPER)).status, 200);
  });

  test('reset in a body of a restore: the sender sees a broken connection, the device hangs', async () => {
    const file = await takeBackup(url);
    inject({ kind: 'reset-in-body', bytes: 10, path: /restore$/ });
    await assert.rejects(restore(url, file));
    assert.equal(await settled(importKey(url, 'hanging').catch(() => 'cut')), 'waits');
    assert.equal((await restore(url, file)).status, 500);
  });
});
