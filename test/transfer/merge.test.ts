import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { backupKeyOf, openPass, readDeviceBackup, visitAll } from '../../core/backup/device-backup.ts';
import type { Session } from '../../core/device/session.ts';
import { parseKeyId, parseNamespace } from '../../core/names.ts';
import { isProblem } from '../../core/problem.ts';
import { backupDevice } from '../../core/transfer/backup-device.ts';
import { backupNamespace } from '../../core/transfer/backup-namespace.ts';
import { copyKeys } from '../../core/transfer/copy-keys.ts';
import { mergeNamespace } from '../../core/transfer/merge.ts';
import { writeMerged } from '../../core/transfer/merge-file.ts';
import { verifyMerged } from '../../core/transfer/merge-verify.ts';
import { pairDevices } from '../../core/transfer/pair.ts';
import type { Origin } from '../../core/transfer/prepare-target.ts';
import { emptyReport, isWhole } from '../../core/transfer/report.ts';
import { restoreNamespace } from '../../core/transfer/restore-namespace.ts';
import { type SealedEntry, sealedKey } from '../../core/transfer/sealed-entry.ts';
import { checkWholeFile, ownBody, pairingBody } from '../../core/transfer/whole-body.ts';
import { hasSingleWrite, readWrites, requireNoWrites } from '../../core/transfer/writes.ts';
import {
  ADMIN,
  app,
  createNamespace,
  importKey,
  keeper,
  METRICS,
  provision,
  type Site,
  type Sites,
  sessionOf,
  startSite,
  startSites,
} from '../support/sites.ts';

const PAYMENTS = parseNamespace('payments');
const SIGN = { mode: 'EdDSA', message: 'aGVsbG8=' };
let sites: Sites;
let options: { deviceBackups: string };
let origin: Origin;

before(async () => {
  sites = await startSites();
  options = { deviceBackups: join(sites.folder, 'device-backups') };
  await importKey(sites.oslo, 'payments', 'both', 1);
  await pairDevices({ from: sites.oslo.session, to: sites.bergen.session }, options);
  const { oslo, bergen } = sites;
  await createNamespace(bergen, 'own');
  await importKey(bergen, 'own', 'theirs', 5);
  // In the order of paths behind `own`, in that of texts before it.
  await createNamespace(bergen, 'own-2');
  await importKey(bergen, 'own-2', 'theirs', 7);
  await importKey(bergen, 'payments', 'bergen1', 6);
  for (let i = 0; i < 5; i++) await importKey(oslo, 'payments', `k${i}`, 10 + i);
  await importKey(oslo, 'payments', 'clash', 20);
  await importKey(bergen, 'payments', 'clash', 21);
  const { domain } = await readDeviceBackup(oslo.session, () => {});
  origin = { place: 'oslo', domain, release: '5.0' };
});
after(() => sites.close());

/** Sealed keys of Oslo in the order of paths. */
async function sealed(...ids: string[]): Promise<SealedEntry[]> {
  const entries: SealedEntry[] = [];
  await readDeviceBackup(sites.oslo.session, (entry, path) => {
    if (path.kind === 'key' && path.namespace === PAYMENTS && ids.includes(path.id)) {
      entries.push(sealedKey(PAYMENTS, path.id, Buffer.from(entry.value)));
    }
  });
  return entries;
}

type Step = SealedEntry[] | (() => Promise<unknown>);

async function* stream(steps: Step[]): AsyncGenerator<SealedEntry[]> {
  for (const step of steps) {
    if (Array.isArray(step)) yield step;
    else await step();
  }
}

const merge = (steps: Step[], session = sites.bergen.session, over: { signal?: AbortSignal } = {}) =>
  mergeNamespace(session, PAYMENTS, { origin, entries: () => stream(steps) }, { ...options, ...over });

/** Everything that a device holds, by digests. The unlock salt comes back from a restore as it was, sealed afresh. */
async function content(site: Site): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  await readDeviceBackup(site.session, ({ path, value }) => {
    if (!path.endsWith('/unlock-salt')) found.set(path, createHash('sha256').update(value).digest('hex').slice(0, 16));
  });
  return found;
}

const stillWrites = async (site: Site): Promise<void> => {
  await site.must('PUT', '/users/check', ADMIN, { realName: 'x', role: 'Operator', passphrase: 'checkPassphrase' });
  await site.must('DELETE', '/users/check', ADMIN);
};

test('what is missing is added, and everything else on the device is byte for byte as before', async () => {
  const { bergen } = sites;
  const before = await content(bergen);
  const report = await merge([await sealed('both', 'clash', 'k0', 'k1')]);
  assert.deepEqual(
    [report.asked, report.done, report.verified, report.same, report.keys, report.stopped, report.warning],
    [4, 2, 3, 1, 4, undefined, undefined],
  );
  assert.deepEqual(
    report.conflicts.map(({ id }) => id),
    ['clash'],
  );
  const after = await content(bergen);
  const added = [...after.keys()].filter((path) => !before.has(path));
  assert.deepEqual(added, ['/key/.payments/k0', '/key/.payments/k1']);
  for (const path of added) after.delete(path);
  assert.deepEqual(after, before);
  assert.ok(await bergen.must('POST', '/keys/k1/sign', app('payments'), SIGN));
  assert.ok(await bergen.must('POST', '/keys/theirs/sign', app('own'), SIGN));
  await stillWrites(bergen);
});

test('the backup before is kept and whole, and the merged file is gone', async () => {
  const { bergen } = sites;
  const before = await content(bergen);
  const { deviceBackup } = await merge([await sealed('k2')]);
  const file = deviceBackup as string;
  const kept = await openPass(createReadStream(file), { key: backupKeyOf(bergen.session), place: file });
  const paths: string[] = [];
  const { entries } = await visitAll(kept, ({ path }) => void paths.push(path));
  assert.deepEqual(
    paths.filter((path) => !path.endsWith('/unlock-salt')),
    [...before.keys()],
  );
  const { domain } = origin;
  const whole = await checkWholeFile(file, bergen.session, { entries, domain });
  assert.equal(ownBody(whole).arguments, '{}');
  const noon = new Date('2026-11-24T12:00:00.500Z');
  assert.deepEqual(
    [noon, undefined].map((time) => JSON.parse(pairingBody(whole, 'secret', time).arguments)),
    [{ backupPassphrase: 'secret', systemTime: '2026-11-24T12:00:00Z' }, { backupPassphrase: 'secret' }],
  );
  for (const wrong of [
    { entries: entries + 1, domain },
    { entries, domain: 'sha256:0' },
  ]) {
    await assert.rejects(checkWholeFile(file, bergen.session, wrong), (error) => isProblem(error, 'damaged'));
  }
  assert.ok((await readdir(options.deviceBackups)).every((name) => !/merged|tmp/.test(name)));
});

test('run again, nothing is restored', async () => {
  const before = await readWrites(sites.bergen.session);
  const report = await merge([await sealed('both', 'k0')]);
  assert.ok(isWhole(report), JSON.stringify(report));
  assert.deepEqual([report.done, report.same, report.verified], [0, 2, 2]);
  assert.deepEqual(
    (await readWrites(sites.bergen.session))?.map(({ kvWrite }) => kvWrite),
    before?.map(({ kvWrite }) => kvWrite),
  );
});

test('somebody who writes after the backup began is noticed, and nothing is restored', async () => {
  const { bergen } = sites;
  const sneak = () => importKey(bergen, 'payments', 'sneaked', 77);
  const merging = merge([await sealed('k3'), sneak]);
  await assert.rejects(merging, (error) => isProblem(error, 'refused') && /somebody wrote/.test(error.reason));
  assert.equal((await bergen.ask('GET', '/keys/k3', keeper('payments'))).status, 404);
  assert.ok(await bergen.must('GET', '/keys/sneaked', keeper('payments')));
});

test('without a Metrics user it is said that nobody can tell', async () => {
  const blind = sessionOf('bergen', sites.bergen.practice.url, { metrics: async () => undefined });
  const report = await merge([await sealed('k3')], blind);
  assert.ok(isWhole(report), JSON.stringify(report));
  assert.match(report.warning as string, /nobody can tell/);
  await blind.device.close();
});

test('a cancel before the restore leaves the device alone', async () => {
  const controller = new AbortController();
  const before = await content(sites.bergen);
  const merging = merge([await sealed('k4'), async () => controller.abort()], undefined, { signal: controller.signal });
  await assert.rejects(merging, (error) => isProblem(error, 'cancelled'));
  assert.deepEqual(await content(sites.bergen), before);
});

test('entries out of order, or of another namespace, are never sent', async () => {
  const before = await content(sites.bergen);
  const [a, b] = (await sealed('k3', 'k4')) as [SealedEntry, SealedEntry];
  await assert.rejects(merge([[b, a]]), RangeError);
  const foreign = sealedKey(parseNamespace('own'), parseKeyId('k9'), Buffer.from('x'));
  await assert.rejects(merge([[foreign]]), /another namespace/);
  assert.deepEqual(await content(sites.bergen), before);
});

test('an answer that is no success is read back and is no success', async () => {
  const { bergen } = sites;
  const fault = { method: 'POST', path: /^\/system\/restore$/ };
  bergen.practice.nodes[0]?.inject({ kind: 'answer', status: 500, body: '{"message":"no"}', ...fault });
  const report = await merge([await sealed('k4')]);
  assert.match(report.stopped as string, /500/);
  assert.match(report.stopped as string, /before-merge/);
  assert.deepEqual([report.verified, report.failed.map(({ id }) => id)], [0, ['k4']]);
  bergen.practice.nodes[0]?.inject({ kind: 'cut-after', ...fault });
  const cut = await merge([await sealed('k4')]);
  assert.match(cut.stopped as string, /no answer came/);
  assert.deepEqual([cut.verified, cut.failed], [1, []]);
  assert.equal(isWhole(cut), false);
});

test('a device that does not answer the read-back is no success, and the report tells where its backup is', async () => {
  const { bergen } = sites;
  await importKey(sites.oslo, 'payments', 'k5', 25);
  let downloads = 0;
  const session: Session = {
    ...bergen.session,
    backup: async () => {
      downloads += 1;
      if (downloads === 2)
        bergen.practice.nodes[0]?.inject({ kind: 'cut-before', method: 'POST', path: /^\/system\/backup$/ });
      return bergen.session.backup();
    },
  };
  const report = await merge([await sealed('k5')], session);
  assert.deepEqual([report.done, report.verified, typeof report.stopped], [1, 0, 'string']);
  assert.ok(report.deviceBackup);
  assert.ok(isWhole(await merge([await sealed('k5')])));
});

test('a key that is stored but not listed is not verified', async () => {
  const { bergen } = sites;
  await importKey(sites.oslo, 'payments', 'k8', 28);
  const empty = { kind: 'answer', status: 200, type: 'application/json', body: '[]' } as const;
  bergen.practice.nodes[0]?.inject({ ...empty, method: 'GET', path: /^\/keys$/ });
  const report = await merge([await sealed('k8')]);
  assert.deepEqual([report.done, report.verified, report.failed.map(({ id }) => id)], [1, 0, ['k8']]);
});

test('a key that somebody tags right after the restore is verified by reading it, and the writing is said', async () => {
  const { bergen } = sites;
  await importKey(sites.oslo, 'payments', 'k9', 29);
  let downloads = 0;
  const session: Session = {
    ...bergen.session,
    backup: async () => {
      downloads += 1;
      if (downloads === 2) await bergen.must('PUT', '/keys/k9/restrictions/tags/berlin', keeper('payments'));
      return bergen.session.backup();
    },
  };
  const report = await merge([await sealed('k9')], session);
  assert.deepEqual([report.done, report.verified, report.failed, report.stopped], [1, 1, [], undefined]);
  assert.match(report.warning as string, /somebody wrote/);
});

test('what the restore took away, or did not bring, is named', async () => {
  const { bergen } = sites;
  await importKey(sites.oslo, 'payments', 'k6', 26);
  await importKey(bergen, 'payments', 'taken', 27);
  const kept = join(sites.folder, 'kept');
  const out = join(sites.folder, 'merged');
  await backupDevice(bergen.session, kept);
  const key = { passphrase: await bergen.session.backupPassphrase() };
  const own = await openPass(createReadStream(kept), { key, place: kept });
  const entries = stream([await sealed('k0', 'k6')]);
  const merged = await writeMerged(own, { namespace: PAYMENTS, entries }, out);
  await bergen.must('DELETE', '/keys/taken', keeper('payments'));
  const report = emptyReport(PAYMENTS, 'bergen');
  await verifyMerged(bergen.session, PAYMENTS, { file: out, merged }, report);
  assert.equal(report.verified, 0);
  assert.deepEqual(report.failed.map(({ id }) => id).sort(), ['/key/.payments/taken', 'k6']);
  assert.match(report.warning as string, /^1 entries/);
});

test('a namespace goes by merge onto a device that lacks it, with its Operators', async () => {
  const { oslo, bergen } = sites;
  await createNamespace(oslo, 'iot');
  for (let i = 0; i < 3; i++) await importKey(oslo, 'iot', `dev${i}`, 40 + i);
  const file = join(sites.folder, 'iot.archive');
  const iot = parseNamespace('iot');
  await backupNamespace(oslo.session, iot, { out: file, passphrase: 'archive passphrase' });
  const request = { file, passphrase: 'archive passphrase', namespace: iot, users: true, merge: {} };
  const report = await restoreNamespace(bergen.session, request, options);
  assert.ok(isWhole(report), JSON.stringify(report));
  assert.deepEqual([report.created, report.keys, report.users, report.done, report.verified], [true, 3, 1, 4, 4]);
  assert.ok(await bergen.must('POST', '/keys/dev2/sign', app('iot'), SIGN));
  assert.equal((await bergen.ask('GET', '/keys', keeper('iot'))).status, 401);
});

test('a device of another domain is refused, and no namespace is made on it', async () => {
  const other = await startSite('tromso');
  await provision(other);
  const refused = async (): Promise<void> => {
    const merging = merge([await sealed('k0')], other.session);
    await assert.rejects(merging, (error) => isProblem(error, 'refused') && /another Domain Key/.test(error.reason));
  };
  try {
    await refused();
    assert.deepEqual(await other.must('GET', '/namespaces', ADMIN), []);
    await createNamespace(other, 'payments');
    const before = await content(other);
    await refused();
    assert.deepEqual(await content(other), before);
  } finally {
    await other.session.device.close();
    await other.practice.close();
  }
});

test('a backup of another node than the one that gets it is never restored (hazard 2)', async () => {
  const { bergen } = sites;
  const info = (await bergen.must('GET', '/system/info', ADMIN)) as object;
  const body = JSON.stringify({ ...info, deviceId: 'another-node' });
  const fault = { kind: 'answer', status: 200, type: 'application/json', body } as const;
  bergen.practice.nodes[0]?.inject({ ...fault, method: 'GET', path: /^\/system\/info$/ });
  await importKey(sites.oslo, 'payments', 'k7', 27);
  const merging = merge([await sealed('k7')]);
  await assert.rejects(merging, (error) => isProblem(error, 'refused') && /load balancer/.test(error.remedy));
  assert.equal((await bergen.ask('GET', '/keys/k7', keeper('payments'))).status, 404);
});

test('the old format only when total loss is accepted; then as the new one', async () => {
  const old = await startSites({ release: '3.1' });
  try {
    await pairDevices({ from: old.oslo.session, to: old.bergen.session }, { deviceBackups: old.folder });
    await importKey(old.oslo, 'payments', 'v0', 61);
    await importKey(old.bergen, 'payments', 'stays', 62);
    const request = { from: old.oslo.session, to: old.bergen.session, namespace: PAYMENTS, ids: [parseKeyId('v0')] };
    const at = { deviceBackups: old.folder };
    await assert.rejects(copyKeys({ ...request, merge: {} }, at), (error) => {
      assert.ok(isProblem(error, 'refused'));
      assert.match(error.reason, /without an end mark.*deletes every key that comes later/);
      assert.match(error.remedy, /--accept-total-loss/);
      return true;
    });
    const report = await copyKeys({ ...request, merge: { acceptTotalLoss: true } }, at);
    assert.ok(isWhole(report), JSON.stringify(report));
    assert.ok(await old.bergen.must('POST', '/keys/v0/sign', app('payments'), SIGN));
    assert.ok(await old.bergen.must('GET', '/keys/stays', keeper('payments')));
    await stillWrites(old.bergen);
    const down = { ...old.bergen.session, name: 'bergen' };
    const merging = mergeNamespace(
      down,
      PAYMENTS,
      { origin, entries: () => stream([]) },
      { ...at, acceptTotalLoss: true },
    );
    await assert.rejects(merging, (error) => isProblem(error, 'refused') && /older 3.1/.test(error.reason));
  } finally {
    await old.close();
  }
});

test('writes are counted on every node of a cluster, and ours is one', async (context) => {
  const cluster = await startSite('cluster', { nodes: 2 });
  await provision(cluster);
  const [first, second] = cluster.practice.nodes;
  const sessions = [first, second].map((node) => sessionOf('cluster', node?.url as string));
  const [one, two] = sessions as [Session, Session];
  context.after(async () => {
    for (const { device } of [one, two, cluster.session]) await device.close();
    await cluster.practice.close();
  });
  const session = { ...one, device: { ...one.device, nodes: [one.node, two.node] } };
  const before = await readWrites(session);
  assert.equal(before?.length, 2);
  await requireNoWrites(session, before);
  (await second?.node.metrics) && (second as NonNullable<typeof second>).node.metrics.kvWrite++;
  await assert.rejects(requireNoWrites(session, before), (error) => isProblem(error, 'refused'));
  assert.equal(await hasSingleWrite(session, before as never), false);
  const then = (await readWrites(session)) as NonNullable<typeof before>;
  await cluster.must('PUT', `/users/${METRICS.user}2`, ADMIN, {
    realName: 'x',
    role: 'Metrics',
    passphrase: 'another passphrase',
  });
  assert.equal(await hasSingleWrite(session, then), true);
  await cluster.must('DELETE', `/users/${METRICS.user}2`, ADMIN);
  assert.equal(await hasSingleWrite(session, then), false);
  const again = (await readWrites(session)) as NonNullable<typeof before>;
  const later = again.map((metrics) => ({ ...metrics, uptime: metrics.uptime + 1000 }));
  await assert.rejects(
    requireNoWrites(session, later),
    (error) => isProblem(error, 'refused'),
    'a node that restarted',
  );
});
