import assert from 'node:assert/strict';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { connectDevice } from '../../core/device/device.ts';
import type { DeviceNode } from '../../core/device/node.ts';
import { createUser } from '../../core/device/users.ts';
import { type PracticeDevice, startPracticeDevice } from '../../practice/index.ts';
import '../support/quick-scrypt.ts';
import { provision } from '../../practice/life.ts';
import { readManifest } from '../../schemas/read.ts';
import { applyEdits } from '../language/client.ts';
import { startEditor, type TestEditor } from './editor.ts';

let folder: string;
let editor: TestEditor;
let manifest: string;
let file: string;
let rome: PracticeDevice;
const ADMIN = 'passphrase of rome';
before(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'setup-')));
  rome = await startPracticeDevice({ tls: true });
  await provision(rome.node, { unlockPassphrase: 'unlock of rome', adminPassphrase: ADMIN, systemTime: Date.now() });
  const device = connectDevice(
    { name: 'rome', nodes: [{ url: rome.url, tls: { kind: 'pins', pins: [rome.pin as string] } }] },
    { known: { check: () => 'known' } },
  );
  const backup = { realName: 'Backup', role: 'Backup', passphrase: ADMIN } as const;
  await createUser(device.nodes[0] as DeviceNode, { user: 'admin', passphrase: ADMIN }, 'backup1', backup);
  await device.close();
  editor = await startEditor(folder, join(folder, '.state'));
});
after(async () => {
  await editor.close();
  await rome.close();
  await rm(folder, { recursive: true, force: true });
});

test('practice devices start in an empty folder, and only once', async () => {
  const started = await editor.run('startPractice', { folder, fresh: true });
  assert.deepEqual([started.ended, started.verified], ['done', 2], started.details);
  file = started.file as string;
  manifest = pathToFileURL(file).href;
  assert.ok(editor.progress.some(({ phase }) => phase === 'starting practice devices'));
  assert.equal((await editor.run('startPractice', { folder, fresh: true })).ended, 'nothing-to-do');
  const { devices } = await editor.read('nethsm/devices', { manifest, maxAge: 0 });
  assert.deepEqual(
    devices.map(({ state }) => state),
    ['Operational', 'Operational'],
  );
  assert.deepEqual(editor.confirmed, [], 'nobody is asked about devices that we started ourselves');
});

test('pairing needs the name of the device that loses what it holds', async () => {
  const params = { manifest, from: 'oslo', to: 'bergen', erase: false };
  const preview = await editor.read('nethsm/preview', { command: 'pair', params });
  assert.deepEqual([preview.mustType, preview.problem], ['bergen', undefined]);
  const wrong = await editor.run('pair', { ...params, typed: 'oslo', premise: preview.premise });
  assert.deepEqual([wrong.ended, wrong.problem?.kind], ['refused', 'refused']);
  const paired = await editor.run('pair', { ...params, typed: 'bergen', premise: preview.premise });
  assert.equal(paired.ended, 'done', paired.details);
});

test('a device is looked at, confirmed, tried, and added by a small edit', async () => {
  const text = await readFile(file, 'utf8');
  const { url } = rome;
  const found = await editor.read('nethsm/probe', { url });
  assert.deepEqual([found.state, found.confirmed], ['Operational', 'new']);
  assert.match(found.pin, /^sha256:[0-9a-f]{64}$/);
  assert.ok((found.certificate?.validTo ?? 0) > Date.now());
  editor.answers.secret = ({ owner, credential }) =>
    `${owner} ${credential}` === 'rome administrator' ? ADMIN : undefined;
  const device = { manifest, name: 'rome', url, pin: found.pin, administrator: 'admin' };
  const added = await editor.run('addDevice', { ...device, backup: 'backup1' });
  assert.equal(added.ended, 'done', added.details);
  assert.ok(editor.outcomes.some(({ owner, accepted }) => owner === 'rome' && accepted));
  const after = applyEdits(text, Object.values(added.edit?.changes ?? {}).flat());
  const read = readManifest(after, file).manifest;
  assert.deepEqual(read?.devices.rome, {
    url,
    tls: { pins: [found.pin] },
    credentials: { administrator: { user: 'admin' }, backup: { user: 'backup1' } },
  });
  assert.ok(after.startsWith(text.slice(0, text.indexOf('namespaces:'))), 'the rest stays as it is');

  const twin = await editor.run('addDevice', {
    ...device,
    name: 'bonn',
    url: /url: (https:\S+)/.exec(text)?.[1] ?? '',
  });
  assert.match(twin.summary, /is the address of oslo already/);
  const taken = await editor.run('addDevice', { ...device, name: 'oslo' });
  assert.deepEqual([taken.ended, taken.problem?.kind], ['refused', 'exists']);
  const other = await editor.run('addDevice', { ...device, name: 'bonn', pin: `sha256:${'0'.repeat(64)}` });
  assert.deepEqual([other.ended, other.problem?.kind], ['refused', 'untrusted']);
  editor.answers.secret = () => 'a wrong passphrase';
  const wrong = await editor.run('addDevice', { ...device, name: 'bonn' });
  assert.deepEqual([wrong.ended, wrong.problem?.kind], ['failed', 'unauthorised']);
  await assert.rejects(editor.read('nethsm/probe', { url: 'https://127.0.0.1:1/api/v1' }), /127\.0\.0\.1/);
});

test('after pairing, what is known of the one device is known of the other, and its own is forgotten', async () => {
  const text = await readFile(file, 'utf8');
  const entry = `  rome:
    url: ${rome.url}
    tls: { pins: ["${rome.pin}"] }
    credentials: { administrator: { user: admin }, backup: { user: backup1 } }
`;
  await writeFile(file, text.replace('namespaces:\n', `${entry}namespaces:\n`));
  editor.answers.secret = ({ owner }) => (owner === 'rome' ? ADMIN : undefined);
  // As the views do: oslo is known with its passphrases.
  await editor.read('nethsm/devices', { manifest, maxAge: 0 });
  const params = { manifest, from: 'oslo', to: 'rome', erase: true };
  const { premise } = await editor.read('nethsm/preview', { command: 'pair', params });
  const paired = await editor.run('pair', { ...params, typed: 'rome', premise });
  assert.equal(paired.ended, 'done', paired.details);
  const refused = editor.outcomes.filter(({ owner, accepted }) => owner === 'rome' && !accepted);
  assert.deepEqual(refused.map(({ credential }) => credential).sort(), ['administrator', 'backup']);
  const asked = editor.asked.length;
  const { devices } = await editor.read('nethsm/devices', { manifest, maxAge: 0 });
  const seen = devices.find(({ device }) => device === 'rome');
  assert.deepEqual([seen?.state, seen?.problem, seen?.release], ['Operational', undefined, devices[0]?.release]);
  assert.equal(editor.asked.length, asked, 'nobody is asked again');
});

test('the practice devices stop, and their manifest is not written over', async () => {
  assert.equal((await editor.run('stopPractice', {})).ended, 'done');
  assert.equal((await editor.run('stopPractice', {})).ended, 'nothing-to-do');
  const again = await editor.run('startPractice', { folder, fresh: true });
  assert.deepEqual([again.ended, again.problem?.kind], ['refused', 'exists']);
  await writeFile(file, 'version: 1\ndevices: [');
  await editor.connection.sendNotification('workspace/didChangeWatchedFiles', {
    changes: [{ uri: manifest, type: 2 }],
  });
  let seen = await editor.read('nethsm/overview', {});
  for (let i = 0; i < 50 && seen.manifests.length === 0; i++) seen = await editor.read('nethsm/overview', {});
  assert.ok((seen.manifests[0]?.errors ?? 0) > 0);
});
