import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readDeviceBackup } from '../../core/backup/device-backup.ts';
import { parseNamespace } from '../../core/names.ts';
import { isProblem } from '../../core/problem.ts';
import { deliver } from '../../core/transfer/deliver.ts';
import { pairDevices } from '../../core/transfer/pair.ts';
import { type Origin, prepareTarget } from '../../core/transfer/prepare-target.ts';
import type { TransferReport } from '../../core/transfer/report.ts';
import { type SealedEntry, sealedKey } from '../../core/transfer/sealed-entry.ts';
import type { Target } from '../../core/transfer/target.ts';
import { ADMIN, importKey, keeper, type Sites, sessionOf, startSites, UNLOCK } from '../support/sites.ts';

const PAYMENTS = parseNamespace('payments');
let sites: Sites;
let entries: SealedEntry[];
let origin: Origin;

before(async () => {
  sites = await startSites();
  const { oslo, bergen } = sites;
  const options = { deviceBackups: join(sites.folder, 'device-backups') };
  await pairDevices({ from: oslo.session, to: bergen.session }, options);
  for (let i = 0; i < 6; i++) await importKey(oslo, 'payments', `k${i}`, i + 1);
  entries = [];
  const summary = await readDeviceBackup(oslo.session, (entry, path) => {
    if (path.kind === 'key' && path.namespace === PAYMENTS)
      entries.push(sealedKey(PAYMENTS, path.id, Buffer.from(entry.value)));
  });
  origin = { place: 'oslo', domain: summary.domain, release: '5.0' };
});
after(() => sites.close());

type Step = SealedEntry[] | (() => Promise<void>);

/** Delivers batches, with things happening in between. */
async function run(
  steps: Step[],
  session = sites.bergen.session,
  signal?: AbortSignal,
): Promise<{ target: Target; report: TransferReport }> {
  const options = { deviceBackups: join(sites.folder, 'device-backups') };
  const { target, report } = await prepareTarget(session, PAYMENTS, origin, options);
  async function* source(): AsyncGenerator<SealedEntry[]> {
    for (const step of steps) {
      if (Array.isArray(step)) yield step;
      else await step();
    }
  }
  report.asked = steps.flatMap((step) => (Array.isArray(step) ? step : [])).length;
  await deliver(target, { origin, entries: source }, report, signal ? { signal } : {});
  return { target, report };
}

const writes = async (): Promise<void> => {
  await sites.bergen.must('PUT', '/users/bergen-check', ADMIN, {
    realName: 'x',
    role: 'Operator',
    passphrase: 'checkPassphrase',
  });
  await sites.bergen.must('DELETE', '/users/bergen-check', ADMIN);
};
const clear = async (): Promise<void> => {
  const listed = (await sites.bergen.must('GET', '/keys', keeper('payments'))) as { id: string }[];
  for (const { id } of listed) await sites.bergen.must('DELETE', `/keys/${id}`, keeper('payments'));
};

test('hazard 1: an unlock passphrase changed between two bodies is noticed, and the device stays open', async () => {
  const { bergen } = sites;
  const change = (from: string, to: string) => () =>
    bergen
      .must('PUT', '/config/unlock-passphrase', ADMIN, { newPassphrase: to, currentPassphrase: from })
      .then(() => {});
  const { report } = await run([entries.slice(0, 2), change(UNLOCK, 'unlockunlock2'), entries.slice(2)]);
  assert.deepEqual([report.done, report.verified, report.stopped], [6, 6, undefined]);
  await change('unlockunlock2', UNLOCK)();
  await writes();
  await clear();
});

test('hazard 1 without a Metrics user: the device locks itself, it is said, and the old passphrase opens it', async () => {
  const { bergen } = sites;
  const blind = sessionOf('bergen', bergen.practice.url, { metrics: async () => undefined });
  const change = (from: string, to: string) => () =>
    bergen
      .must('PUT', '/config/unlock-passphrase', ADMIN, { newPassphrase: to, currentPassphrase: from })
      .then(() => {});
  const { report } = await run([entries.slice(0, 2), change(UNLOCK, 'unlockunlock2'), entries.slice(2)], blind);
  assert.match(report.stopped as string, /unlock passphrase was changed/);
  assert.notEqual(report.verified, report.asked);
  await bergen.must('POST', '/unlock', undefined, { passphrase: UNLOCK });
  await writes();
  await clear();
  await blind.device.close();
});

test('a key that a keeper makes meanwhile is not overwritten', async () => {
  const { bergen } = sites;
  const sneak = () => importKey(bergen, 'payments', 'k3', 99).then(() => {});
  const { report } = await run([entries.slice(0, 2), sneak, entries.slice(2)]);
  assert.deepEqual([report.verified, report.conflicts.map(({ id }) => id)], [5, ['k3']]);
  const { json } = await bergen.ask('GET', '/keys/k3', keeper('payments'));
  const made = await sites.oslo.ask('GET', '/keys/k3', keeper('payments'));
  assert.notDeepEqual((json as { public: object }).public, (made.json as { public: object }).public);
  await clear();
});

test('a cancel waits for the body on its way; what was sent is there, the rest is not, and running again finishes', async () => {
  const controller = new AbortController();
  const cancel = async (): Promise<void> => controller.abort();
  const { report } = await run(
    [entries.slice(0, 1), cancel, entries.slice(1)],
    sites.bergen.session,
    controller.signal,
  );
  assert.match(report.stopped as string, /cancelled/);
  assert.deepEqual([report.done, report.verified], [1, 1]);
  await writes();
  const again = await run([entries]);
  assert.deepEqual([again.report.done, again.report.same, again.report.verified], [5, 1, 6]);
  await clear();
});

test('an entry that the device can not open is never counted as verified', async () => {
  const [first, second] = entries as [SealedEntry, SealedEntry];
  const swapped = { ...first, value: second.value } as SealedEntry;
  await assert.rejects(
    run([[swapped]]).then(({ report }) => {
      assert.equal(report.verified, 0);
      assert.deepEqual(
        report.failed.map(({ id }) => id),
        [first.kind === 'key' ? first.id : ''],
      );
      throw new Error('reported');
    }),
    /reported/,
  );
  await sites.bergen.must('DELETE', '/keys/k0', keeper('payments'));
});

test('many keys are verified by their sealed bytes, and one that was changed meanwhile by reading it', async () => {
  const { oslo, bergen } = sites;
  for (let i = 0; i < 700; i++) await importKey(oslo, 'payments', `m${i}`, i % 256);
  const many: SealedEntry[] = [];
  await readDeviceBackup(oslo.session, (entry, path) => {
    if (path.kind === 'key' && path.namespace === PAYMENTS && path.id.startsWith('m')) {
      many.push(sealedKey(PAYMENTS, path.id, Buffer.from(entry.value)));
    }
  });
  const tag = () => bergen.ask('PUT', `/keys/m0/restrictions/tags/t`, keeper('payments')).then(() => {});
  const { report } = await run([many, tag]);
  assert.deepEqual([report.done, report.verified, report.failed, report.stopped], [700, 700, [], undefined]);
  await clear();
});

test('a device that fails between two bodies: what was done before is told', async () => {
  const { bergen } = sites;
  const [handle = assert.fail()] = bergen.practice.nodes;
  const fail = async (): Promise<void> =>
    handle.inject({ kind: 'answer', status: 500, path: /^\/(keys$|system.backup)/, times: 9 });
  const { report } = await run([entries.slice(0, 1), fail, entries.slice(1)]);
  handle.clearFaults();
  assert.ok(report.stopped);
  assert.deepEqual([report.done, report.verified], [1, 1]);
  await writes();
  await clear();
});

test('an untested release is refused before anything is sent', async () => {
  const { requireTestedRelease } = await import('../../core/transfer/releases.ts');
  assert.throws(
    () => requireTestedRelease('bergen', '5.1'),
    (error) => isProblem(error, 'refused'),
  );
  assert.doesNotThrow(() => requireTestedRelease('bergen', '5.0'));
});
