import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { after, before, test } from 'node:test';
import { downloadBackup } from '../../core/device/backup.ts';
import { getTime, setBackupPassphrase } from '../../core/device/config.ts';
import { isReady, readState } from '../../core/device/health.ts';
import { systemInfo } from '../../core/device/info.ts';
import * as keys from '../../core/device/keys.ts';
import type { KnownDevices } from '../../core/device/known-devices.ts';
import { readMetrics } from '../../core/device/metrics.ts';
import { createNamespace, listNamespaces } from '../../core/device/namespaces.ts';
import { probePin } from '../../core/device/probe.ts';
import { brandRestoreBody, postRestore } from '../../core/device/restore.ts';
import * as users from '../../core/device/users.ts';
import { probeWriteBlocked } from '../../core/device/write-probe.ts';
import { isProblem, type ProblemKind } from '../../core/problem.ts';
import { PROXY_PAGE, type PracticeDevice, startPracticeDevice } from '../../practice/index.ts';
import '../support/quick-scrypt.ts';
import { admin, type Connected, connect } from './support.ts';

const keeper = { user: 'ns1~keeper', passphrase: 'keeperkeeper' };
const operator = { user: 'ns1~op', passphrase: 'operatoroperator' };
const backup = { user: 'backup1', passphrase: 'backupbackup' };
const metrics = { user: 'metrics1', passphrase: 'metricsmetrics' };
const ed25519 = { type: 'Curve25519', mechanisms: ['EdDSA_Signature'] };

let device: PracticeDevice;
let client: Connected;

before(async () => {
  device = await startPracticeDevice({ deviceId: 'oslo1' });
  client = connect(device.url);
  const { node } = client;
  assert.equal(await readState(node), 'Unprovisioned');
  assert.equal(await isReady(node), false);
  await refused(keys.listKeys(node, admin), 'precondition', /not provisioned/);
  // The client has no way to provision a device, and shall have none.
  const json = {
    unlockPassphrase: 'unlockunlock',
    adminPassphrase: admin.passphrase,
    systemTime: new Date().toISOString(),
  };
  const { status } = await fetch(`${device.url}/provision`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...json, systemTime: `${json.systemTime.slice(0, 19)}Z` }),
  });
  assert.equal(status, 204);
  const make = (who: typeof keeper, role: users.UserFacts['role'], by = admin) =>
    users.createUser(node, by, who.user, { realName: role, role, passphrase: who.passphrase });
  await make(backup, 'Backup');
  await make(metrics, 'Metrics');
  await make(keeper, 'Administrator');
  await createNamespace(node, admin, 'ns1');
  await make(operator, 'Operator', keeper);
  await setBackupPassphrase(node, admin, { current: '', next: 'backupPassphrase' });
});
after(async () => {
  await client.device.close();
  await device.close();
});

async function refused(attempt: Promise<unknown>, kind: ProblemKind, cause = /./): Promise<void> {
  await assert.rejects(attempt, (error) => {
    assert.ok(isProblem(error, kind), String(error));
    assert.match(error.reason, cause);
    return true;
  });
}

test('facts of the device', async () => {
  const { node } = client;
  assert.equal((await systemInfo(node, admin)).deviceId, 'oslo1');
  assert.equal(await isReady(node), true);
  assert.ok(Math.abs((await getTime(node, admin)).getTime() - Date.now()) < 60_000);
  assert.deepEqual(await listNamespaces(node, admin), ['ns1']);
  assert.deepEqual(await users.listUsers(node, keeper), ['ns1~keeper', 'ns1~op']);
  const before = await readMetrics(node, metrics);
  await users.putUserTag(node, keeper, operator.user, 'epoch.7');
  assert.deepEqual(await users.listUserTags(node, admin, operator.user), ['epoch.7']);
  assert.equal((await readMetrics(node, metrics)).kvWrite, before.kvWrite + 1);
  await users.deleteUserTag(node, keeper, operator.user, 'epoch.7');
});

test('a key from its making to its deletion', async () => {
  const { node } = client;
  assert.equal(await keys.generateKey(node, keeper, { ...ed25519, id: 'made', label: 'one', tags: ['blue'] }), 'made');
  const { facts, etag } = await keys.getKey(node, keeper, 'made');
  assert.deepEqual([facts.label, facts.tags, facts.operations], ['one', ['blue'], 0]);
  await refused(keys.generateKey(node, keeper, { ...ed25519, id: 'made' }), 'exists');

  const message = Buffer.from('a message');
  await refused(keys.sign(node, operator, 'made', { mode: 'EdDSA', message }), 'forbidden');
  await users.putUserTag(node, keeper, operator.user, 'blue');
  const signature = await keys.sign(node, operator, 'made', { mode: 'EdDSA', message });
  const raw = Buffer.from((facts.public as { data: string }).data, 'base64');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' });
  assert.ok(verify(null, message, key, signature));

  await refused(keys.putLabel(node, keeper, 'made', 'two', { ifMatch: '"00"' }), 'precondition');
  await keys.putLabel(node, keeper, 'made', 'two');
  await keys.putTag(node, keeper, 'made', 'green');
  await keys.putTag(node, keeper, 'made', 'green');
  await keys.deleteTag(node, keeper, 'made', 'blue');
  assert.equal(await keys.getCertificate(node, keeper, 'made'), undefined);
  const certificate = { contentType: 'application/octet-stream', data: Buffer.from('a certificate') };
  await keys.putCertificate(node, keeper, 'made', certificate);
  await refused(keys.putCertificate(node, keeper, 'made', certificate), 'exists');
  assert.deepEqual((await keys.getCertificate(node, keeper, 'made'))?.data, certificate.data);
  const changed = await keys.getKey(node, keeper, 'made');
  assert.deepEqual([changed.facts.label, changed.facts.tags], ['two', ['green']]);
  assert.notEqual(changed.etag, etag);

  await refused(keys.deleteKey(node, keeper, 'made', { ifMatch: etag }), 'precondition');
  await keys.deleteKey(node, keeper, 'made', { ifMatch: changed.etag });
  await refused(keys.getKey(node, keeper, 'made'), 'not-found');
});

test('an imported key is created, never replaced', async () => {
  const { node } = client;
  const { privateKey } = generateKeyPairSync('ed25519');
  const data = Buffer.from(privateKey.export({ format: 'jwk' }).d as string, 'base64url').toString('base64');
  await keys.createKey(node, keeper, 'site-1', { ...ed25519, private: { data } });
  await refused(keys.createKey(node, keeper, 'site-1', { ...ed25519, private: { data } }), 'exists');
  await keys.generateKey(node, keeper, { ...ed25519, id: 'other' });
  assert.deepEqual(await keys.listKeys(node, operator), ['other', 'site-1']);
  assert.deepEqual(await keys.listKeys(node, operator, { prefix: 'site' }), ['site-1']);
});

test('a backup, and a restore that the device refuses untouched', async () => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of downloadBackup(client.node, backup)) chunks.push(chunk);
  assert.equal(Buffer.concat(chunks).toString('latin1', 0, 15), '_NETHSM_BACKUP_');
  await refused(downloadBackup(client.node, admin).next(), 'forbidden');
  const body = brandRestoreBody({ kind: 'append', arguments: '{}', file: Buffer.from('no backup at all') });
  assert.deepEqual(await postRestore(client.node, admin, body), { status: 400, message: 'Not a NetHSM backup file' });
  await refused(postRestore(client.node, keeper, body), 'forbidden');
});

test('what a network does to a request', async () => {
  const { node } = client;
  const [handle = assert.fail()] = device.nodes;
  const path = /^\/keys/;
  handle.inject({ kind: 'cut-before', path, times: 2 });
  assert.ok((await keys.listKeys(node, keeper)).length > 0);
  handle.inject({ ...PROXY_PAGE, path });
  await refused(keys.listKeys(node, keeper), 'unexpected', /web page/);
  handle.inject({ kind: 'answer', status: 503, path });
  assert.ok((await keys.listKeys(node, keeper)).length > 0);
  handle.inject({ kind: 'cut-answer', bytes: 9, path });
  assert.ok((await keys.listKeys(node, keeper)).length > 0);
  handle.inject({ kind: 'cut-after', path });
  await refused(keys.generateKey(node, keeper, { ...ed25519, id: 'perhaps' }), 'unreachable', /not known/);
  assert.ok((await keys.listKeys(node, keeper)).includes('perhaps'));
  handle.setHealth('Failed');
  await refused(keys.listKeys(node, keeper), 'failed', /quorum/);
  handle.setHealth('Operational');
});

test('a restore that was reset leaves the device write-blocked, and the client says so', async () => {
  const { node } = client;
  const [handle = assert.fail()] = device.nodes;
  assert.equal(await probeWriteBlocked(node, keeper), false);
  handle.inject({ kind: 'reset-in-body', bytes: 1, path: /restore/ });
  const body = brandRestoreBody({ kind: 'append', arguments: '{}', file: Buffer.alloc(900_000, '_NETHSM_BACKUP_') });
  await refused(postRestore(node, admin, body), 'unreachable', /perhaps it was done/);
  assert.ok((await keys.listKeys(node, keeper)).length > 0);
  await using impatient = connect(device.url, { limits: { headers: 500 } });
  await refused(keys.putTag(impatient.node, keeper, 'other', 'x'), 'write-blocked');
  assert.equal(await probeWriteBlocked(impatient.node, keeper), true);
});

test('over TLS: a device is pinned, confirmed, and noticed when its key is another', async () => {
  const other = await startPracticeDevice({ tls: true });
  const pin = other.pin ?? assert.fail();
  const tls = { kind: 'pins', pins: [pin] } as const;
  const shown = await probePin({ url: other.url, tls: { ...tls, pins: [pin] } });
  assert.equal(shown.pin, pin);
  const known: KnownDevices = {
    check: (origin, seen) => (origin !== shown.origin ? 'new' : seen === pin ? 'known' : 'changed'),
  };
  await using one = connect(other.url, { tls: { ...tls, pins: [pin] }, known });
  try {
    assert.equal(await readState(one.node), 'Unprovisioned');
    const next = other.nodes[0]?.renewCertificate() ?? assert.fail();
    await using two = connect(other.url, { tls: { ...tls, pins: [pin] }, known });
    await refused(readState(two.node), 'untrusted', new RegExp(next));
    await using three = connect(other.url, { tls: { ...tls, pins: [pin, next] }, known });
    await refused(readState(three.node), 'untrusted', /confirmed with another/);
  } finally {
    await other.close();
  }
});
