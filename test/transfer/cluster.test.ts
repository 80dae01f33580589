/** A cluster: two nodes on one store, each counting its own writes only. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readDeviceBackup } from '../../core/backup/device-backup.ts';
import { connectDevice } from '../../core/device/device.ts';
import type { Session } from '../../core/device/session.ts';
import { parseNamespace } from '../../core/names.ts';
import { isProblem } from '../../core/problem.ts';
import { deliver } from '../../core/transfer/deliver.ts';
import { mergeNamespace } from '../../core/transfer/merge.ts';
import { pairDevices } from '../../core/transfer/pair.ts';
import { prepareTarget } from '../../core/transfer/prepare-target.ts';
import { type SealedEntry, sealedKey } from '../../core/transfer/sealed-entry.ts';
import { createNamespace, importKey, keeper, provision, type Site, siteAt, startSite } from '../support/sites.ts';

const PAYMENTS = parseNamespace('payments');
let oslo: Site;
let bergen: Site;
let second: Omit<Site, 'practice'>;
let session: Session;

before(async () => {
  oslo = await startSite('oslo');
  bergen = await startSite('bergen', { nodes: 2 });
  const urls = bergen.practice.nodes.map(({ url }) => url);
  second = siteAt('bergen-2', urls[1] as string);
  for (const site of [oslo, bergen]) await provision(site);
  await createNamespace(bergen, 'payments');
  const nodes = urls.map((url) => ({ url, tls: { kind: 'system' } as const }));
  const device = connectDevice({ name: 'bergen', nodes }, { known: { check: () => 'known' } });
  session = { ...bergen.session, device, node: device.nodes[0] ?? assert.fail() };
});
after(async () => {
  for (const device of [oslo.session.device, bergen.session.device, second.session.device, session.device]) {
    await device.close();
  }
  await oslo.practice.close();
  await bergen.practice.close();
});

test('a key that a keeper makes on the other node meanwhile is not overwritten', async (t) => {
  const deviceBackups = await mkdtemp(join(tmpdir(), 'cluster-'));
  t.after(() => rm(deviceBackups, { recursive: true }));
  await pairDevices({ from: session, to: oslo.session }, { deviceBackups });
  for (let i = 0; i < 6; i++) await importKey(oslo, 'payments', `k${i}`, i + 1);
  const entries: SealedEntry[] = [];
  const { domain } = await readDeviceBackup(oslo.session, (entry, path) => {
    if (path.kind === 'key') entries.push(sealedKey(PAYMENTS, path.id, Buffer.from(entry.value)));
  });
  const origin = { place: 'oslo', domain, release: '5.0' };
  const { target, report } = await prepareTarget(session, PAYMENTS, origin, { deviceBackups });
  let sneaked = false;
  async function* source(): AsyncGenerator<SealedEntry[]> {
    yield entries.slice(0, 2);
    if (!sneaked) await importKey(second, 'payments', 'k4', 99);
    sneaked = true;
    yield entries.slice(2);
  }
  report.asked = entries.length;
  await deliver(target, { origin, entries: source }, report);
  assert.deepEqual([report.verified, report.conflicts.map(({ id }) => id)], [5, ['k4']]);
  const kept = (await second.must('GET', '/keys/k4', keeper('payments'))) as { public: { data: string } };
  const made = (await oslo.must('GET', '/keys/k4', keeper('payments'))) as { public: { data: string } };
  assert.notEqual(kept.public.data, made.public.data);
});

test('a cluster is not paired with another device: only one of its nodes would take part', async () => {
  const pairing = pairDevices({ from: oslo.session, to: session, erase: 'bergen' }, { deviceBackups: tmpdir() });
  await assert.rejects(pairing, (error) => isProblem(error, 'refused'));
});

test('nothing is merged into a cluster: a whole restore would go to one of its nodes', async () => {
  const delivery = { origin: { place: 'oslo', domain: 'sha256:00', release: '5.0' }, entries: async function* () {} };
  await assert.rejects(
    mergeNamespace(session, PAYMENTS, delivery, { deviceBackups: tmpdir() }),
    (error) => isProblem(error, 'refused') && /cluster of 2 nodes/.test(error.reason),
  );
});
