import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, KEEPER, kvWrite, listIds } from './client.ts';
import { startReady } from './device.ts';

test('seeded keys are keys: listed, read, and counted in kv write', async () => {
  const device = await startReady();
  try {
    const before = await kvWrite(device.url);
    await device.seedKeys('ns1', 25_000, 'dev-');
    assert.equal(await kvWrite(device.url), before + 25_000);
    const ids = await listIds(device.url);
    assert.deepEqual([ids.length, ids[0], ids.at(-1)], [25_000, 'dev-0000001', 'dev-0025000']);
    const { type, public: shown } = (await ask(device.url, 'GET', '/keys/dev-0012345', KEEPER)).json();
    assert.equal(type, 'Curve25519');
    assert.equal(Buffer.from(shown.data, 'base64').length, 32);
    await device.seedKeys('', 10);
    assert.equal((await listIds(device.url, 'admin:adminadminadmin')).length, 10);
  } finally {
    await device.close();
  }
});
