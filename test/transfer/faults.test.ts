/**
 * Every disaster of the practice devices, at every request of a transfer: the device answers writes afterwards, nothing
 * that was there is gone, and the same command finishes the work.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseKeyId, parseNamespace } from '../../core/names.ts';
import { isProblem } from '../../core/problem.ts';
import { copyKeys } from '../../core/transfer/copy-keys.ts';
import { pairDevices } from '../../core/transfer/pair.ts';
import { isWhole, type TransferReport } from '../../core/transfer/report.ts';
import { type FaultKind, PROXY_PAGE } from '../../practice/index.ts';
import { ADMIN, importKey, keeper, type Sites, sessionOf, startSites } from '../support/sites.ts';

const PAYMENTS = parseNamespace('payments');
const IDS = ['k1', 'k2', 'k3'].map((id) => parseKeyId(id));
let sites: Sites;
let deviceBackups: string;

before(async () => {
  sites = await startSites();
  deviceBackups = join(sites.folder, 'device-backups');
  for (const [i, id] of IDS.entries()) await importKey(sites.oslo, 'payments', id, i + 1);
  await pairDevices({ from: sites.oslo.session, to: sites.bergen.session }, { deviceBackups });
  await importKey(sites.bergen, 'payments', 'own', 9);
  for (const id of IDS) await sites.bergen.must('DELETE', `/keys/${id}`, keeper('payments'));
});
after(() => sites.close());

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

async function copy(): Promise<TransferReport | undefined> {
  const { oslo, bergen } = sites;
  const request = { from: oslo.session, to: bergen.session, namespace: PAYMENTS, ids: IDS };
  try {
    return await copyKeys(request, { deviceBackups });
  } catch (error) {
    assert.ok(isProblem(error), `no Problem: ${error instanceof Error ? error.stack : error}`);
    assert.ok(error.remedy !== '' && error.place !== '', error.message);
    return undefined;
  }
}

async function writesAreAnswered(): Promise<void> {
  const { bergen } = sites;
  await bergen.must('PUT', '/users/check', ADMIN, { realName: 'x', role: 'Operator', passphrase: 'checkPassphrase' });
  await bergen.must('DELETE', '/users/check', ADMIN);
}

for (const fault of FAULTS) {
  const name = fault.kind === 'answer' ? `answer ${fault.status}` : fault.kind;
  test(`${name}, at each request of a copy`, async () => {
    const { bergen } = sites;
    const [handle = assert.fail()] = bergen.practice.nodes;
    for (const [method, path] of REQUESTS) {
      // Once, which a repetition may mend, and more often than anything is repeated.
      for (const times of path.source.includes('system') ? [1, 5] : [5]) {
        handle.inject({ ...fault, method, path, times });
        const report = await copy();
        handle.clearFaults();
        const where = `${name} ×${times} at ${method} ${path}`;
        if (report !== undefined && isWhole(report)) assert.equal(report.verified, 3, where);
        await writesAreAnswered();
        const again = await copy();
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
  });
}

test('a body reset on its way leaves the device write-blocked, which is said and not taken for success', async () => {
  const { bergen } = sites;
  const [handle = assert.fail()] = bergen.practice.nodes;
  const impatient = sessionOf('bergen', bergen.practice.url, {}, { headers: 1000 });
  handle.inject({ kind: 'reset-in-body', bytes: 100, path: /restore/ });
  const request = { from: sites.oslo.session, to: impatient, namespace: PAYMENTS, ids: IDS };
  const said = await copyKeys(request, { deviceBackups }).then(
    (report) => {
      assert.ok(!isWhole(report));
      return report.stopped;
    },
    (error) => isProblem(error, 'write-blocked') && error.message,
  );
  assert.match(String(said), /no longer accepts writes/);
  await impatient.device.close();
});
