/** A run that is killed at any point leaves the device answering writes, and the same command finishes the work. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseNamespace } from '../../core/names.ts';
import { backupNamespace } from '../../core/transfer/backup-namespace.ts';
import { pairDevices } from '../../core/transfer/pair.ts';
import { QUICKLY } from '../support/quick-scrypt.ts';
import {
  ADMIN,
  BACKUP,
  BACKUP_PASSPHRASE,
  METRICS,
  REPLICATOR_PASSPHRASE,
  type Sites,
  startSites,
  UNLOCK,
} from '../support/sites.ts';

const KEYS = 4000;
let sites: Sites;
let manifest: string;
const archive = (): string => join(sites.folder, 'payments.archive');
const ARCHIVE_PASSPHRASE = 'archive passphrase';

before(async () => {
  sites = await startSites();
  const { oslo, bergen, folder } = sites;
  await pairDevices({ from: oslo.session, to: bergen.session }, { deviceBackups: join(folder, 'device-backups') });
  await oslo.practice.seedKeys('payments', KEYS);
  await backupNamespace(oslo.session, parseNamespace('payments'), { out: archive(), passphrase: ARCHIVE_PASSPHRASE });
  const users = 'administrator: { user: admin }, backup: { user: backup1 }, metrics: { user: metrics1 }';
  manifest = join(folder, 'sites.nethsm.yaml');
  await writeFile(
    manifest,
    `version: 1
devices:
  oslo: { url: "${oslo.practice.url}", credentials: { ${users} } }
  bergen: { url: "${bergen.practice.url}", credentials: { ${users} } }
namespaces:
  payments: { primary: oslo, replicas: [bergen] }
`,
  );
});
after(() => sites.close());

function secrets(device: string): Record<string, string> {
  return {
    [`NETHSM_${device}_ADMINISTRATOR`]: ADMIN.passphrase,
    [`NETHSM_${device}_BACKUP`]: BACKUP.passphrase,
    [`NETHSM_${device}_METRICS`]: METRICS.passphrase,
    [`NETHSM_${device}_BACKUP_PASSPHRASE`]: BACKUP_PASSPHRASE,
    [`NETHSM_${device}_UNLOCK_PASSPHRASE`]: UNLOCK,
  };
}

function run(verb: string, ...more: string[]) {
  const cli = new URL('../../cli/main.ts', import.meta.url).pathname;
  const args = [cli, verb, manifest, ...more, '--trust-new-devices', '--state', join(sites.folder, 'state'), '--json'];
  const env = {
    PATH: process.env.PATH,
    ...secrets('OSLO'),
    ...secrets('BERGEN'),
    NETHSM_PAYMENTS_NAMESPACE_ADMINISTRATOR: REPLICATOR_PASSPHRASE,
    NETHSM_BACKUP_PASSPHRASE: ARCHIVE_PASSPHRASE,
  };
  const child = spawn(process.execPath, [...QUICKLY, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  return { child, exit: once(child, 'close') as Promise<[number | null]>, output: () => output, errors: () => errors };
}

const restore = () => run('restore', '--from', archive(), '--namespace', 'payments', '--device', 'bergen');

test('restore killed six times on its way', async () => {
  const { bergen } = sites;
  const written = () => bergen.practice.node.metrics.kvWrite;
  for (let attempt = 0; attempt < 6; attempt++) {
    const before = written();
    const { child, exit } = restore();
    // In the middle of the sending, a little later each time; earlier ones die before they send.
    for (let i = 0; i < 400 && written() <= before + attempt && child.exitCode === null; i++) await sleep(5);
    await sleep(attempt * 3);
    child.kill('SIGKILL');
    await exit;
    const check = { realName: 'x', role: 'Operator', passphrase: 'checkPassphrase' };
    await bergen.must('PUT', '/users/check', ADMIN, check);
    await bergen.must('DELETE', '/users/check', ADMIN);
    const state = await bergen.must('GET', '/health/state');
    assert.deepEqual(state, { state: 'Operational' });
  }
  const { exit, output, errors } = restore();
  const [code] = await exit;
  assert.equal(code, 0, `${output()} ${errors()}`);
  const report = JSON.parse(output()) as { asked: number; verified: number };
  assert.deepEqual([report.asked, report.verified], [KEYS, KEYS]);
});
