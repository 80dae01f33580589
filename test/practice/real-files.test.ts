/** Files of real devices restore on practice devices and say there what they said at home. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { startPracticeDevice } from '../../practice/index.ts';
import { credentials, userEntry } from '../../practice/users.ts';
import { commit } from '../../practice/write.ts';
import { ask, restore } from './client.ts';

const BACKUPS = new URL('../conformance/backups/', import.meta.url);
const VENDOR = new URL('../../../shared/nethsm/backups/', import.meta.url);

interface Expected {
  unlockPassphrase: string;
  backupPassphrase: string;
  devices: Record<string, { namespaces: Record<string, { keys: Record<string, Record<string, unknown>> }> }>;
}

const systemTime = '2026-11-24T12:00:00Z';

test('a real backup (V1) tells key by key what the real device told', async () => {
  const expected = JSON.parse(readFileSync(new URL('v1-sites.expected.json', BACKUPS), 'utf8')) as Expected;
  const device = await startPracticeDevice();
  try {
    const file = readFileSync(new URL('v1-site-a.bin', BACKUPS));
    const { backupPassphrase, unlockPassphrase: passphrase } = expected;
    assert.equal((await restore(device.url, file, { backupPassphrase, systemTime }, '')).status, 204);
    assert.equal((await ask(device.url, 'POST', '/unlock', undefined, { passphrase })).status, 204);
    // Nobody knows the users' passphrases: readers of our own stand in.
    for (const [namespace, { keys }] of Object.entries(expected.devices.A?.namespaces ?? {})) {
      const id = namespace === '' ? 'reader' : `${namespace}~reader`;
      const reader = { id, realName: 'r', role: 'Administrator' as const, tags: [], ...credentials('readerreader') };
      commit(device.node, [userEntry(device.node, reader)]);
      const auth = `${id}:readerreader`;
      const ids = (await ask(device.url, 'GET', '/keys', auth)).json().map((item: { id: string }) => item.id);
      assert.deepEqual(ids, Object.keys(keys));
      for (const key of ids) {
        const { certificate, ...facts } = keys[key] as Record<string, unknown>;
        assert.deepEqual((await ask(device.url, 'GET', `/keys/${key}`, auth)).json(), facts, key);
        const { status, text } = await ask(device.url, 'GET', `/keys/${key}/cert`, auth);
        assert.deepEqual(status === 404 ? undefined : text, contentOf(certificate), `certificate of ${key}`);
      }
    }
  } finally {
    await device.close();
  }
});

function contentOf(certificate: unknown): string | undefined {
  if (certificate === undefined || certificate === null) return undefined;
  if (typeof certificate === 'string') return certificate;
  const { text, data } = certificate as { text?: string; data?: string };
  return text ?? Buffer.from(data ?? '', 'base64').toString();
}

const sample = new URL('v0-namespace.bin', VENDOR);

test('a vendor sample (V0) restores on releases 3.1 and 5.0', {
  skip: !existsSync(sample) && 'no vendor samples here',
}, async () => {
  for (const release of ['3.1', '5.0'] as const) {
    const device = await startPracticeDevice({ release });
    try {
      const backupPassphrase = 'backupPassphrase';
      const answer = await restore(device.url, readFileSync(sample), { backupPassphrase, systemTime }, '');
      assert.equal(answer.status, 204, release);
      const unlocked = await ask(device.url, 'POST', '/unlock', undefined, { passphrase: 'UnlockPassphrase' });
      assert.equal(unlocked.status, 204, release);
      assert.deepEqual([...device.node.machine.store.names('/key/.namespace1/')], ['myKey1']);
    } finally {
      await device.close();
    }
  }
});
