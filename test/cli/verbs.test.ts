import assert from 'node:assert/strict';
import { copyFile, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { withPlayground } from '../../cli/playground/open.ts';
import { addKeys, addNamespace } from '../../practice/playground/furnish.ts';
import { type CliPlayground, startCliPlayground } from './playground.ts';
import { jsonOf, runCli } from './run-cli.ts';

let site: CliPlayground;
const file = (name: string): string => join(site.folder, name);
const NAMESPACE = ['--namespace', 'payments'];

before(async () => {
  site = await startCliPlayground();
});
after(() => site.end());

test('validate finds nothing in the manifest of practice', async () => {
  const result = await site.cli('validate', ['--json']);
  assert.deepEqual([result.code, jsonOf(result)], [0, { diagnostics: [] }]);
});

test('inventory tells the keys, as a table and as JSON', async () => {
  const table = await site.cli('inventory', NAMESPACE);
  assert.equal(table.code, 0);
  assert.match(table.stdout, /^Key {5}Type/);
  assert.match(table.stdout, /card-2 {2}EC_P256 {2}ECDSA_Signature/);
  assert.match(table.stdout, /3 keys in payments on oslo\.\n$/);
  const json = jsonOf(await site.cli('inventory', [...NAMESPACE, '--device', 'oslo', '--json'])) as {
    keys: Record<string, { public: { data: string } }>;
  };
  assert.deepEqual(Object.keys(json), ['namespace', 'device', 'keys']);
  assert.deepEqual(Object.keys(json.keys), ['card-1', 'card-2', 'card-3']);
  assert.equal(Buffer.from(json.keys['card-1']?.public.data ?? '', 'base64').length, 65);
});

test('an inventory that ends early is still one JSON document, with the problem in it', async () => {
  site.devices[0]?.nodes[0]?.inject({ kind: 'answer', status: 500, method: 'GET', path: /^\/keys\/card-2$/ });
  const result = await site.cli('inventory', [...NAMESPACE, '--json']);
  assert.equal(result.code, 1);
  assert.equal((jsonOf(result).problem as { kind: string }).kind, 'unexpected');
  site.devices[0]?.nodes[0]?.clearFaults();
});

test('a key that the device lists and can not open stands apart, and the inventory goes on', async () => {
  const body = '{"message":"Could not read from database. Check logs."}';
  site.devices[0]?.nodes[0]?.inject({ kind: 'answer', status: 500, method: 'GET', path: /^\/keys\/card-2$/, body });
  const result = await site.cli('inventory', [...NAMESPACE, '--json']);
  assert.equal(result.code, 5);
  const { keys, unreadable } = jsonOf(result) as { keys: object; unreadable: string[] };
  assert.deepEqual([Object.keys(keys), unreadable], [['card-1', 'card-3'], ['card-2']]);
  assert.match(result.stderr, /card-2/);
  site.devices[0]?.nodes[0]?.clearFaults();
});

test('a namespace that is not on the replica yet is missing there, key by key', async () => {
  const result = await site.cli('diff', [...NAMESPACE, '--json']);
  assert.equal(result.code, 2);
  assert.deepEqual(jsonOf(result), {
    namespace: 'payments',
    primary: 'oslo',
    replica: 'bergen',
    missing: ['card-1', 'card-2', 'card-3'],
    extra: [],
    differs: [],
    unreadable: [],
    same: 0,
  });
});

test('one key is copied, and only that one', async () => {
  const result = await site.cli('copy-key', [
    ...NAMESPACE,
    '--key',
    'card-2',
    '--from',
    'oslo',
    '--to',
    'bergen',
    '--json',
  ]);
  assert.equal(result.code, 0, result.stderr);
  const { key, from, to, asked, done, verified, deviceBackup } = jsonOf(result);
  assert.deepEqual([key, from, to, asked, done, verified], ['card-2', 'oslo', 'bergen', 1, 1, 1]);
  assert.ok(String(deviceBackup).startsWith(site.state));
  assert.match(result.stderr, /payments on bergen: 1 asked, 1 sent, 1 verified/);
  const again = jsonOf(
    await site.cli('copy-key', [...NAMESPACE, '--key', 'card-2', '--from', 'oslo', '--to', 'bergen', '--json']),
  );
  assert.deepEqual([again.asked, again.done, again.verified, again.same], [1, 0, 1, 1]);
  assert.deepEqual(jsonOf(await site.cli('diff', [...NAMESPACE, '--json'])).missing, ['card-1', 'card-3']);
});

test('a namespace goes through an archive: backup, verify, inspect, restore, in sync', async () => {
  const out = file('payments.nethsm-archive');
  const backup = await site.cli('backup', [...NAMESPACE, '--out', out, '--json']);
  assert.equal(backup.code, 0, backup.stderr);
  const { keys, users, asked, done, verified } = jsonOf(backup);
  assert.deepEqual({ keys, users, asked, done, verified }, { keys: 3, users: 3, asked: 3, done: 3, verified: 3 });
  assert.equal((await site.cli('backup', [...NAMESPACE, '--out', out])).code, 1, 'nothing is overwritten');

  const env = site.fileSecrets;
  assert.equal(jsonOf(await runCli(['verify', out, '--json'], { env })).verified, 3);
  const inspected = jsonOf(await runCli(['inspect', out, '--json'], { env }));
  assert.deepEqual([inspected.format, inspected.complete], ['archive', true]);
  assert.deepEqual(inspected.namespaces, {
    payments: {
      users: ['payments~app', 'payments~keeper', 'payments~replicator'],
      keys: { 'card-1': {}, 'card-2': {}, 'card-3': {} },
    },
  });

  const restored = await site.cli('restore', ['--from', out, ...NAMESPACE, '--device', 'bergen', '--users', '--json']);
  assert.equal(restored.code, 0, restored.stderr);
  const figures = jsonOf(restored);
  assert.deepEqual([figures.asked, figures.done, figures.verified, figures.same], [4, 3, 4, 1]);
  const diff = await site.cli('diff', NAMESPACE);
  assert.deepEqual([diff.code, diff.stdout], [0, '✓ payments, bergen against oslo: in sync, 3 keys.\n']);
});

test('a damaged archive is told from a whole one, and nothing is sent from it', async () => {
  await copyFile(file('payments.nethsm-archive'), file('cut.nethsm-archive'));
  await truncate(file('cut.nethsm-archive'), 900);
  const verified = await runCli(['verify', file('cut.nethsm-archive'), '--json'], { env: site.fileSecrets });
  assert.equal(verified.code, 1);
  assert.equal((jsonOf(verified).problem as { kind: string }).kind, 'truncated');
  const before = site.devices[1]?.node.metrics.kvWrite;
  const restore = await site.cli('restore', ['--from', file('cut.nethsm-archive'), ...NAMESPACE, '--device', 'bergen']);
  assert.equal(restore.code, 1);
  assert.equal(site.devices[1]?.node.metrics.kvWrite, before);
  const wrong = { env: { NETHSM_BACKUP_PASSPHRASE: 'another passphrase' } };
  assert.match((await runCli(['verify', file('payments.nethsm-archive')], wrong)).stderr, /passphrase/);
});

test('one key goes through an archive of its own', async () => {
  await withPlayground(site.run, site, async ([oslo]) => {
    if (oslo !== undefined) await addKeys(oslo.node, site.secrets, ['card-4']);
  });
  const out = file('card-4.nethsm-archive');
  const backup = jsonOf(await site.cli('backup-key', [...NAMESPACE, '--key', 'card-4', '--out', out, '--json']));
  assert.deepEqual([backup.key, backup.keys, backup.users, backup.verified], ['card-4', 1, 0, 1]);
  const words = [...NAMESPACE, '--from', out, '--device', 'bergen', '--json'];
  const none = await site.cli('restore-key', [...words, '--key', 'card-9']);
  assert.equal((jsonOf(none).problem as { kind: string }).kind, 'not-found');
  const restored = jsonOf(await site.cli('restore-key', [...words, '--key', 'card-4']));
  assert.deepEqual([restored.asked, restored.done, restored.verified], [1, 1, 1]);
});

test('the same id with another key is a conflict: shown, left as it is, exit code 5', async () => {
  await withPlayground(site.run, site, async ([oslo, bergen]) => {
    for (const session of [oslo, bergen]) if (session) await addKeys(session.node, site.secrets, ['clash']);
  });
  const words = [...NAMESPACE, '--key', 'clash', '--from', 'oslo', '--to', 'bergen'];
  const result = await site.cli('copy-key', [...words, '--json']);
  assert.equal(result.code, 5);
  assert.deepEqual(
    (jsonOf(result).conflicts as { id: string }[]).map(({ id }) => id),
    ['clash'],
  );
  const diff = await site.cli('diff', [...NAMESPACE, '--json']);
  assert.equal(diff.code, 2);
  assert.deepEqual(jsonOf(diff).differs, [{ id: 'clash', fields: ['public'] }]);
  assert.match((await site.cli('diff', NAMESPACE)).stdout, /^~ clash {2}differs: public\n!/);
});

test('whole backups are taken, inspected and compared without a device', async () => {
  const files = [file('oslo.bin'), file('bergen.bin')];
  for (const [i, device] of ['oslo', 'bergen'].entries()) {
    const result = await site.cli('backup-device', ['--device', device, '--out', files[i] as string, '--json']);
    assert.equal(jsonOf(result).keys, 5);
  }
  const env = site.fileSecrets;
  const inspected = jsonOf(await runCli(['inspect', ...files.slice(0, 1), '--unseal', '--json'], { env }));
  assert.deepEqual(
    [inspected.format, inspected.version, inspected.complete, inspected.problems],
    ['backup', 1, true, []],
  );
  const shown = inspected.namespaces as Record<string, { keys: Record<string, unknown> }>;
  const told = jsonOf(await site.cli('inventory', [...NAMESPACE, '--json']));
  assert.deepEqual(shown.payments?.keys, told.keys, 'the file says what the device says');

  const words = ['diff', '--backups', ...files, ...NAMESPACE, '--json'];
  assert.deepEqual(jsonOf(await runCli(words, { env })).differs, [{ id: 'clash', fields: [] }]);
  const unsealed = await runCli([...words, '--unseal'], { env });
  assert.equal(unsealed.code, 2);
  assert.deepEqual(jsonOf(unsealed).differs, [{ id: 'clash', fields: ['public'] }]);
});

test('a device backup that is cut is told as not complete', async () => {
  await copyFile(file('oslo.bin'), file('cut.bin'));
  await truncate(file('cut.bin'), (await readFile(file('oslo.bin'))).length - 10);
  const result = await runCli(['inspect', file('cut.bin'), '--json'], { env: site.fileSecrets });
  assert.equal(result.code, 1);
  assert.equal(jsonOf(result).complete, false);
});

test('pair refuses a device that holds something, and says what to say', async () => {
  await withPlayground(site.run, site, async ([, bergen]) => {
    if (bergen) await addNamespace(bergen.node, site.secrets, 'badges');
  });
  const refused = await site.cli('pair', ['--from', 'oslo', '--to', 'bergen']);
  assert.equal(refused.code, 4);
  assert.match(refused.stderr, /→ If they may go, say so with --erase bergen/);
  assert.equal((await site.cli('pair', ['--from', 'oslo', '--to', 'bergen', '--erase', 'oslo'])).code, 1);
  const erased = await site.cli('pair', ['--from', 'oslo', '--to', 'bergen', '--erase', 'bergen', '--json']);
  assert.equal(erased.code, 0, erased.stderr);
  assert.equal(jsonOf(await site.cli('diff', [...NAMESPACE, '--json'])).same, 5);
});

test('doctor finds nothing ill', async () => {
  const result = await site.cli('doctor', ['--json']);
  assert.equal(result.code, 0, result.stdout);
  const { devices } = jsonOf(result) as { devices: Record<string, { check: string; ok: boolean }[]> };
  assert.deepEqual(Object.keys(devices), ['oslo', 'bergen']);
});

test('what the manifest does not have is a mistake that names what there is', async () => {
  assert.match((await site.cli('inventory', ['--namespace', 'card'])).stderr, /no namespace "card"[\s\S]*payments/);
  assert.match(
    (await site.cli('inventory', [...NAMESPACE, '--device', 'rome'])).stderr,
    /no device "rome"[\s\S]*oslo, bergen/,
  );
  assert.match((await site.cli('inventory', [...NAMESPACE, '--root'])).stderr, /exclude each other/);
  assert.match((await site.cli('inventory')).stderr, /Say --namespace N, or --root/);
});

test('a stop asked for ends the work and is told', async () => {
  let asked = 0;
  const result = await site.cli('inventory', [...NAMESPACE, '--json'], {
    interrupt: (stop) => {
      stop();
      stop();
      asked += 1;
    },
  });
  assert.deepEqual([asked, result.code], [1, 1]);
  assert.match(result.stderr, /Stopping at the next safe point[\s\S]*Still waiting for a safe point/);
  assert.equal((jsonOf(result).problem as { kind: string }).kind, 'cancelled');
});
