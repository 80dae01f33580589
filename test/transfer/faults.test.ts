/**
 * Every disaster of the practice devices, at every request of a transfer: the device answers writes afterwards, nothing
 * that was there is gone, and the same command finishes the work.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parseKeyId, parseNamespace } from '../../core/names.ts';
import { isProblem } from '../../core/problem.ts';
import { copyKeys } from '../../core/transfer/copy-keys.ts';
import { pairDevices } from '../../core/transfer/pair.ts';
import { isWhole, type TransferReport } from '../../core/transfer/report.ts';
import { type FaultKind, PROXY_PAGE } from '../../practice/index.ts';
import { ADMIN, importKey, keeper, type Sites, sessionOf, startSites } from '../support/sites.ts';

const PAYMENTS = parseNamespace('payments');
const IDS = ['k1', 'k2', 'k3'].map((id) => parseKeyId(id));
const deviceBackupsOf = ({ folder }: Sites): string => join(folder, 'device-backups');

/** Bergen lacks the keys of Oslo, and has one of its own. */
async function startUnequal(): Promise<Sites> {
  const sites = await startSites();
  const { oslo, bergen } = sites;
  for (const [i, id] of IDS.entries()) await importKey(oslo, 'payments', id, i + 1);
  await pairDevices({ from: oslo.session, to: bergen.session }, { deviceBackups: deviceBackupsOf(sites) });
  await importKey(bergen, 'payments', 'own', 9);
  for (const id of IDS) await bergen.must('DELETE', `/keys/${id}`, keeper('payments'));
  return sites;
}

const FAULTS: FaultKind[] = [
  { kind: 'slow', ms: 30 },
  { kind: 'cut-before' },
  { kind: 'cut-after' },
  { kind: 'cut-answer', bytes: 5 },
  { kind: 'answer', status: 412, body: '{"message":"Service not available"}' },
  { kind: 'answer', status: 500, body: '{"message":"Could not read from database. Check logs."}' },
  { kind: 'answer', status: 503 },
  { kind: 'answer', status: 302 },
  PROXY_PAGE,
];

/** The requests that a copy makes of its target. */
const REQUESTS = [
  ['GET', /^\/health\/state/],
  ['GET', /^\/system\/info/],
  ['GET', /^\/metrics/],
  ['GET', /^\/namespaces/],
  ['GET', /^\/users/],
  ['GET', /^\/keys$/],
  ['GET', /^\/keys\/k2/],
  ['GET', /^\/keys\/k2\/cert/],
  ['POST', /^\/system\/backup/],
  ['POST', /^\/system\/restore/],
] as const;

async function copy(sites: Sites): Promise<TransferReport | undefined> {
  const { oslo, bergen } = sites;
  const request = { from: oslo.session, to: bergen.session, namespace: PAYMENTS, ids: IDS };
  try {
    return await copyKeys(request, { deviceBackups: deviceBackupsOf(sites) });
  } catch (error) {
    assert.ok(isProblem(error), `no Problem: ${error instanceof Error ? error.stack : error}`);
    assert.ok(error.remedy !== '' && error.place !== '', error.message);
    return undefined;
  }
}

async function writesAreAnswered({ bergen }: Sites): Promise<void> {
  await bergen.must('PUT', '/users/check', ADMIN, { realName: 'x', role: 'Operator', passphrase: 'checkPassphrase' });
  await bergen.must('DELETE', '/users/check', ADMIN);
}

async function faultAtEachRequest(fault: FaultKind, sites: Sites): Promise<void> {
  const { bergen } = sites;
  const [handle = assert.fail()] = bergen.practice.nodes;
  for (const [method, path] of REQUESTS) {
    // Once, which a repetition may mend, and more often than anything is repeated.
    for (const times of path.source.includes('system') ? [1, 5] : [5]) {
      handle.inject({ ...fault, method, path, times });
      const report = await copy(sites);
      handle.clearFaults();
      const where = `×${times} at ${method} ${path}`;
      if (report !== undefined && isWhole(report)) assert.equal(report.verified, 3, where);
      await writesAreAnswered(sites);
      const again = await copy(sites);
      assert.ok(again && isWhole(again), `${where}: ${JSON.stringify(again)}`);
      const listed = await bergen.must('GET', '/keys', keeper('payments'));
      assert.deepEqual(
        listed,
        ['k1', 'k2', 'k3', 'own'].map((id) => ({ id })),
        where,
      );
      for (const id of IDS) await bergen.must('DELETE', `/keys/${id}`, keeper('payments'));
    }
  }
}

// All at once: most of their time they wait before they ask again.
describe('at each request of a copy', { concurrency: FAULTS.length }, () => {
  for (const fault of FAULTS) {
    test(fault.kind === 'answer' ? `answer ${fault.status}` : fault.kind, async (t) => {
      const sites = await startUnequal();
      t.after(sites.close);
      await faultAtEachRequest(fault, sites);
    });
  }
});

test('a body reset on its way leaves the device write-blocked, which is said and not taken for success', async (t) => {
  const sites = await startUnequal();
  t.after(sites.close);
  const { bergen } = sites;
  const [handle = assert.fail()] = bergen.practice.nodes;
  const impatient = sessionOf('bergen', bergen.practice.url, {}, { headers: 1000 });
  handle.inject({ kind: 'reset-in-body', bytes: 100, path: /restore/ });
  const request = { from: sites.oslo.session, to: impatient, namespace: PAYMENTS, ids: IDS };
  const said = await copyKeys(request, { deviceBackups: deviceBackupsOf(sites) }).then(
    (report) => {
      assert.ok(!isWhole(report));
      return report.stopped;
    },
    (error) => isProblem(error, 'write-blocked') && error.message,
  );
  assert.match(String(said), /no longer accepts writes/);
  await impatient.device.close();
});
