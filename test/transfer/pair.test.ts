import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isProblem } from '../../core/problem.ts';
import { pairDevices } from '../../core/transfer/pair.ts';
import { ADMIN, keeper, type Sites, startSites, UNLOCK } from '../support/sites.ts';

let sites: Sites;
let deviceBackups: string;

before(async () => {
  sites = await startSites();
  deviceBackups = join(sites.folder, 'device-backups');
});
after(() => sites.close());

test('a wrong unlock passphrase is noticed before the device loses anything', async () => {
  const { oslo, bergen } = sites;
  const before = await bergen.must('GET', '/users', ADMIN);
  const from = { ...oslo.session, unlockPassphrase: async () => 'not this one' };
  const pairing = pairDevices({ from, to: bergen.session }, { deviceBackups });
  await assert.rejects(pairing, (error) => isProblem(error, 'wrong-passphrase'));
  assert.deepEqual(await bergen.must('GET', '/health/state'), { state: 'Operational' });
  assert.deepEqual(await bergen.must('GET', '/users', ADMIN), before);
});

test('a device that says 500 to the restore is told as one that another restore holds', async () => {
  const { oslo, bergen } = sites;
  const body = '{"message":"Restore is already in progress."}';
  bergen.practice.nodes[0]?.inject({ kind: 'answer', status: 500, path: /restore/, body, times: 1 });
  const pairing = pairDevices({ from: oslo.session, to: bergen.session }, { deviceBackups });
  await assert.rejects(pairing, (error) => isProblem(error, 'write-blocked'));
  bergen.practice.nodes[0]?.clearFaults();
});

test('a run that ended between restore and unlock is finished by running again', async () => {
  const { oslo, bergen } = sites;
  await pairDevices({ from: oslo.session, to: bergen.session }, { deviceBackups });
  await bergen.must('POST', '/lock', ADMIN);
  const other = { ...oslo.session, unlockPassphrase: async () => UNLOCK };
  const report = await pairDevices({ from: other, to: bergen.session }, { deviceBackups });
  assert.match(report.domain, /^sha256:/);
  assert.deepEqual(await bergen.must('GET', '/keys', keeper('payments')), []);
});

test('the whole backup of the other device is not left behind, not even one from a run that was killed', async () => {
  const { oslo, bergen } = sites;
  const left = join(deviceBackups, 'oslo-for-pairing-2026-11-24T00-00-00-000Z.nethsm-backup');
  await writeFile(left, 'of a run that was killed');
  await pairDevices({ from: oslo.session, to: bergen.session, erase: 'bergen' }, { deviceBackups });
  const names = await readdir(deviceBackups);
  assert.deepEqual(
    names.filter((name) => name.includes('for-pairing')),
    [],
  );
  assert.equal(names.filter((name) => name.startsWith('bergen-before-pairing')).length, 1);
});
