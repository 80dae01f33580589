import assert from 'node:assert/strict';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type PracticeDevice, startPracticeDevice } from '../../practice/index.ts';
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
