import assert from 'node:assert/strict';
import { existsSync, renameSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { findDrift } from '../../core/inventory/drift.ts';
import { parseKeyId, parseNamespace, ROOT } from '../../core/names.ts';
import { isProblem } from '../../core/problem.ts';
import { backupNamespace, verifyArchive } from '../../core/transfer/backup-namespace.ts';
import { copyKeys } from '../../core/transfer/copy-keys.ts';
import { pairDevices } from '../../core/transfer/pair.ts';
import { isWhole } from '../../core/transfer/report.ts';
import { restoreNamespace } from '../../core/transfer/restore-namespace.ts';
import {
  ADMIN,
  app,
  createNamespace,
  importKey,
  keeper,
  provision,
  type Sites,
  startSite,
  startSites,
} from '../support/sites.ts';

const PAYMENTS = parseNamespace('payments');
const PASSPHRASE = 'archive passphrase';
let sites: Sites;
let deviceBackups: string;
const file = (name: string): string => join(sites.folder, name);
const key = parseKeyId;

before(async () => {
  sites = await startSites();
  deviceBackups = join(sites.folder, 'device-backups');
  for (const [id, byte] of [
    ['a1', 1],
    ['a2', 2],
    ['a3', 3],
  ] as const)
    await importKey(sites.oslo, 'payments', id, byte);
  await pairDevices({ from: sites.oslo.session, to: sites.bergen.session }, { deviceBackups });
});
after(() => sites.close());

const listed = (site: Sites['oslo'], namespace: string): Promise<unknown> =>
  site.must('GET', '/keys', keeper(namespace));

test('pairing gave Bergen the Domain Key and the content of Oslo', async () => {
  assert.deepEqual(await listed(sites.bergen, 'payments'), [{ id: 'a1' }, { id: 'a2' }, { id: 'a3' }]);
});

test('pairing refuses a device that holds something, unless it is named', async () => {
  const { oslo, bergen } = sites;
  const pair = pairDevices({ from: oslo.session, to: bergen.session, erase: 'oslo' }, { deviceBackups });
  await assert.rejects(pair, (error) => isProblem(error, 'refused') && /1 namespaces/.test(error.reason));
});

test('drift shows what each side has alone and what differs', async () => {
  const { oslo, bergen } = sites;
  await importKey(oslo, 'payments', 'o1', 11);
  await importKey(bergen, 'payments', 'b1', 21);
  await oslo.must('PUT', '/keys/a2/restrictions/tags/berlin', keeper('payments'));
  await oslo.must('PUT', '/keys/a3/cert', keeper('payments'), 'a certificate');
  const drift = await findDrift(oslo.session, bergen.session, PAYMENTS);
  assert.deepEqual(drift, {
    missing: ['o1'],
    extra: ['b1'],
    differs: [
      { id: 'a2', fields: ['tags'] },
      { id: 'a3', fields: ['certificate'] },
    ],
    unreadable: [],
    same: 1,
  });
});

test('a key that one device can not open stands apart in the drift: neither missing nor extra', async () => {
  const { oslo, bergen } = sites;
  const fault = {
    kind: 'answer',
    status: 500,
    body: '{"message":"Could not read from database. Check logs."}',
  } as const;
  oslo.practice.nodes[0]?.inject({ ...fault, method: 'GET', path: /^\/keys\/a1$/ });
  bergen.practice.nodes[0]?.inject({ ...fault, method: 'GET', path: /^\/keys\/b1$/ });
  const drift = await findDrift(oslo.session, bergen.session, PAYMENTS);
  assert.deepEqual([drift.missing, drift.extra, drift.unreadable, drift.same], [['o1'], [], ['a1', 'b1'], 0]);
});

test('a copied key signs on the replica, and nothing else there changed', async () => {
  const { oslo, bergen } = sites;
  const report = await copyKeys(
    { from: oslo.session, to: bergen.session, namespace: PAYMENTS, ids: [key('o1')] },
    { deviceBackups },
  );
  assert.ok(isWhole(report), JSON.stringify(report));
  assert.deepEqual([report.asked, report.done, report.verified], [1, 1, 1]);
  assert.ok((await readFile(report.deviceBackup as string)).length > 1000);
  const sign = { mode: 'EdDSA', message: 'aGVsbG8=' };
  const [a, b] = await Promise.all(
    [oslo, bergen].map((site) => site.must('POST', '/keys/o1/sign', app('payments'), sign)),
  );
  assert.deepEqual(a, b);
  assert.deepEqual(
    await listed(bergen, 'payments'),
    ['a1', 'a2', 'a3', 'b1', 'o1'].map((id) => ({ id })),
  );
  const again = await copyKeys(
    { from: oslo.session, to: bergen.session, namespace: PAYMENTS, ids: [key('o1')] },
    { deviceBackups },
  );
  assert.deepEqual([again.done, again.same, again.verified], [0, 1, 1], 'what is equal is not written again');
});

test('tags, label and certificate of a key on both sides go over by the API', async () => {
  const { oslo, bergen } = sites;
  await oslo.must('PUT', '/keys/a3/label', keeper('payments'), { label: 'third' });
  const ids = [key('a2'), key('a3')];
  const report = await copyKeys(
    { from: oslo.session, to: bergen.session, namespace: PAYMENTS, ids },
    { deviceBackups },
  );
  assert.ok(isWhole(report), JSON.stringify(report));
  const drift = await findDrift(oslo.session, bergen.session, PAYMENTS);
  assert.deepEqual([drift.missing, drift.differs], [[], []]);
});

test('another key of the same id is a conflict, and both stay', async () => {
  const { oslo, bergen } = sites;
  await importKey(oslo, 'payments', 'clash', 31);
  await importKey(bergen, 'payments', 'clash', 32);
  const public_ = () => Promise.all([oslo, bergen].map((site) => site.must('GET', '/keys/clash', keeper('payments'))));
  const before = await public_();
  const report = await copyKeys(
    { from: oslo.session, to: bergen.session, namespace: PAYMENTS, ids: [key('clash')] },
    { deviceBackups },
  );
  assert.equal(isWhole(report), false);
  assert.deepEqual([report.done, report.verified, report.conflicts.length], [0, 0, 1]);
  assert.match(report.conflicts[0]?.reason as string, /another key/);
  assert.deepEqual(await public_(), before);
});

test('a key that is not there is said so before anything happens', async () => {
  const { oslo, bergen } = sites;
  const copy = copyKeys(
    { from: oslo.session, to: bergen.session, namespace: PAYMENTS, ids: [key('none')] },
    { deviceBackups },
  );
  await assert.rejects(copy, (error) => isProblem(error, 'not-found') && /none/.test(error.reason));
});

test('a namespace goes into an archive and onto a device that lacks it, with its Operators and without its keepers', async () => {
  const { oslo, bergen } = sites;
  await createNamespace(oslo, 'iot');
  for (let i = 0; i < 20; i++) await importKey(oslo, 'iot', `dev-${i}`, 100 + i);
  const iot = parseNamespace('iot');
  const out = file('iot.archive');
  const backup = await backupNamespace(oslo.session, iot, { out, passphrase: PASSPHRASE });
  assert.deepEqual([backup.keys, backup.users, backup.asked, backup.done, backup.verified], [20, 3, 20, 20, 20]);
  const verified = await verifyArchive(out, PASSPHRASE);
  assert.deepEqual(verified.users.map(({ name, role }) => `${name} ${role}`).sort(), [
    'app Operator',
    'keeper Administrator',
    'replicator Administrator',
  ]);
  const request = { file: out, passphrase: PASSPHRASE, namespace: iot, users: true };
  const report = await restoreNamespace(bergen.session, request, { deviceBackups });
  assert.ok(isWhole(report), JSON.stringify(report));
  assert.deepEqual([report.created, report.asked, report.done, report.verified], [true, 21, 21, 21]);
  assert.deepEqual(await bergen.must('GET', '/users', { user: 'iot~replicator', passphrase: 'replPassphrase1' }), [
    { user: 'iot~app' },
    { user: 'iot~replicator' },
  ]);
  const sign = { mode: 'EdDSA', message: 'aGVsbG8=' };
  assert.ok(await bergen.must('POST', '/keys/dev-7/sign', app('iot'), sign));
  const again = await restoreNamespace(bergen.session, request, { deviceBackups });
  assert.deepEqual([again.done, again.same, again.verified], [0, 21, 21]);
});

test('an archive that is exchanged after it was verified is noticed, and nothing is sent', async () => {
  const { oslo, bergen } = sites;
  const [out, other] = [file('first.archive'), file('second.archive')];
  for (const each of [out, other]) await backupNamespace(oslo.session, PAYMENTS, { out: each, passphrase: PASSPHRASE });
  const before = await listed(bergen, 'payments');
  const request = { file: out, passphrase: PASSPHRASE, namespace: PAYMENTS, users: false };
  const onProgress = ({ phase }: { phase: string }): void => {
    if (phase.startsWith('reading') && existsSync(other)) renameSync(other, out);
  };
  await assert.rejects(
    restoreNamespace(bergen.session, request, { deviceBackups, onProgress }),
    (error) => isProblem(error, 'refused') && /another file lies there/.test(error.reason),
  );
  assert.deepEqual(await listed(bergen, 'payments'), before);
});

test('a key whose certificate makes it too large to come back by append is named when it is backed up', async () => {
  const { oslo } = sites;
  await importKey(oslo, 'payments', 'wide', 99);
  await oslo.must('PUT', '/keys/wide/cert', keeper('payments'), 'x'.repeat(999_000));
  const archive = { out: file('wide.archive'), passphrase: PASSPHRASE };
  assert.deepEqual((await backupNamespace(oslo.session, PAYMENTS, archive)).tooLarge, ['wide']);
  await oslo.must('DELETE', '/keys/wide', keeper('payments'));
});

test('root keys travel by key', async () => {
  const { oslo, bergen } = sites;
  await oslo.must('PUT', '/keys/root1', ADMIN, {
    mechanisms: ['EdDSA_Signature'],
    type: 'Curve25519',
    private: { data: Buffer.alloc(32, 77).toString('base64') },
  });
  const report = await copyKeys(
    { from: oslo.session, to: bergen.session, namespace: ROOT, ids: [key('root1')] },
    { deviceBackups },
  );
  assert.ok(isWhole(report), JSON.stringify(report));
});

test('a device of another domain is refused before anything is sent', async () => {
  const other = await startSite('tromso');
  try {
    await provision(other);
    await createNamespace(other, 'payments');
    const copy = copyKeys(
      { from: sites.oslo.session, to: other.session, namespace: PAYMENTS, ids: [key('a1')] },
      { deviceBackups },
    );
    await assert.rejects(copy, (error) => isProblem(error, 'refused') && /another Domain Key/.test(error.reason));
    assert.deepEqual(await listed(other, 'payments'), []);
  } finally {
    await other.session.device.close();
    await other.practice.close();
  }
});

test('an archive given to a restore endpoint by mistake is refused untouched, by its own domain and by another', async () => {
  const { oslo, bergen } = sites;
  const out = file('mistake.archive');
  await backupNamespace(oslo.session, PAYMENTS, { out, passphrase: PASSPHRASE });
  const other = await startSite('hamar');
  await provision(other);
  for (const site of [oslo, bergen, other]) {
    const form = new FormData();
    form.append(
      'arguments',
      new Blob([JSON.stringify({ backupPassphrase: PASSPHRASE })], { type: 'application/json' }),
    );
    form.append('backup_file', new Blob([await readFile(out)], { type: 'application/octet-stream' }));
    const authorization = `Basic ${Buffer.from(`${ADMIN.user}:${ADMIN.passphrase}`).toString('base64')}`;
    const before = await site.must('GET', '/users', ADMIN);
    const answer = await fetch(`${site.practice.url}/system/restore`, {
      method: 'POST',
      body: form,
      headers: { authorization },
    });
    assert.equal(answer.status, 400);
    assert.deepEqual(await answer.json(), { message: 'Not a NetHSM backup file' });
    assert.deepEqual(await site.must('GET', '/health/state'), { state: 'Operational' });
    assert.deepEqual(await site.must('GET', '/users', ADMIN), before);
  }
  await other.session.device.close();
  await other.practice.close();
});

test('a whole backup that was changed since does not count as one', async () => {
  const { oslo, bergen } = sites;
  const request = { from: oslo.session, to: bergen.session, namespace: PAYMENTS, ids: [key('a1')] };
  const first = (await copyKeys(request, { deviceBackups })).deviceBackup as string;
  assert.equal((await copyKeys(request, { deviceBackups })).deviceBackup, first);
  await writeFile(first, 'x');
  const second = (await copyKeys(request, { deviceBackups })).deviceBackup as string;
  assert.notEqual(second, first);
  assert.ok((await readFile(second)).length > 1000);
});
