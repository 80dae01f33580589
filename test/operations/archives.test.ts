import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Stage, startStage } from './stage.ts';

let stage: Stage;
before(async () => {
  stage = await startStage();
});
after(() => stage.close());

const inPayments = () => ({ manifest: stage.uri, namespace: 'payments' });

test('a namespace is backed up, listed, verified and restored', async () => {
  const { editor, uri } = stage;
  const backup = await editor.run('backUpNamespace', inPayments());
  assert.deepEqual([backup.ended, backup.asked, backup.done, backup.verified], ['done', 3, 3, 3], backup.details);
  const { archives } = await editor.read('nethsm/archives', { manifest: uri });
  assert.deepEqual(
    archives.map(({ file, namespace, keys, device }) => [file, namespace, keys, device]),
    [[backup.file, 'payments', 3, 'oslo']],
  );
  const file = backup.file as string;
  const list = { manifest: uri, file, limit: 2 };
  assert.deepEqual(await editor.read('nethsm/archiveKeys', list), { total: 3, keys: ['card-1', 'card-2'] });
  assert.deepEqual((await editor.read('nethsm/archiveKeys', { ...list, filter: '*-3' })).keys, ['card-3']);
  const shown = await editor.read('nethsm/text', { kind: 'archive', manifest: uri, file });
  assert.match(shown.text, /^keys: 3$/m);
  const verified = await editor.run('verifyArchive', { manifest: uri, file });
  assert.deepEqual([verified.ended, verified.verified], ['done', 3], verified.details);
  assert.match(verified.summary, /made \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC of oslo/);
  assert.ok(editor.progress.some(({ phase }) => phase === `verifying ${basename(file)}`));
  const into = { ...inPayments(), device: 'bergen', file, users: true };
  const preview = await editor.read('nethsm/preview', { command: 'restoreNamespace', params: into });
  assert.deepEqual(preview.changes.slice(0, 2), [
    'The namespace payments is created on bergen.',
    '3 keys of 3 keys created on bergen; the others are there and stay as they are.',
  ]);
  const restored = await editor.run('restoreNamespace', into);
  assert.deepEqual([restored.ended, restored.verified], ['done', restored.asked], restored.details);
  const again = await editor.read('nethsm/preview', { command: 'restoreNamespace', params: into });
  assert.match(again.changes.join(' '), /0 keys of 3 keys created/);
});

test('one key goes through an archive of its own', async () => {
  const { editor } = stage;
  const key = { ...inPayments(), key: 'card-2' };
  const file = join(stage.folder, 'card-2.nethsm-archive');
  const backup = await editor.run('backUpKey', { ...key, device: 'oslo', file });
  assert.deepEqual([backup.ended, backup.verified], ['done', 1], backup.details);
  const restored = await editor.run('restoreKey', { ...key, device: 'oslo', file });
  assert.deepEqual([restored.ended, restored.asked, restored.done, restored.verified], ['done', 1, 0, 1]);
  const none = await editor.run('backUpKey', { ...key, key: 'nobody', device: 'oslo', file: `${file}-2` });
  assert.deepEqual([none.ended, none.problem?.kind], ['failed', 'not-found']);
  const over = await editor.run('backUpKey', { ...key, device: 'oslo', file });
  assert.equal(over.ended === 'done', false, 'nothing is ever overwritten');
});

test('a damaged archive is told, and nothing is sent from it', async () => {
  const { editor, uri } = stage;
  const backup = await editor.run('backUpNamespace', { ...inPayments(), file: 'whole.nethsm-archive' });
  const bytes = await readFile(backup.file as string);
  bytes[bytes.length - 40] = (bytes[bytes.length - 40] as number) ^ 1;
  const file = join(stage.folder, 'damaged.nethsm-archive');
  await writeFile(file, bytes);
  const verified = await editor.run('verifyArchive', { manifest: uri, file });
  assert.deepEqual([verified.ended, verified.problem?.kind], ['failed', 'damaged']);
  const restored = await editor.run('restoreNamespace', { ...inPayments(), device: 'bergen', file, users: false });
  assert.deepEqual([restored.ended, restored.done], ['failed', 0]);
  await writeFile(join(stage.folder, 'text.nethsm-archive'), 'no archive');
  const { archives } = await editor.read('nethsm/archives', { manifest: uri });
  assert.equal(archives.find(({ title }) => title === 'text.nethsm-archive')?.problem?.kind, 'not-a-backup');
});

test('keys come in pages with their facts, and one key from all its devices', async () => {
  const { editor } = stage;
  const where = { ...inPayments(), device: 'oslo' };
  const page = await editor.read('nethsm/keys', { ...where, limit: 2, facts: true, maxAge: 0 });
  assert.deepEqual([page.total, page.matching, page.next], [3, 3, 'card-2']);
  assert.equal(page.keys[0]?.facts?.type, 'EC_P256');
  assert.match(page.keys[0]?.facts?.fingerprint ?? '', /^sha256:[0-9a-f]{64}$/);
  const rest = await editor.read('nethsm/keys', { ...where, limit: 2, after: 'card-2' });
  assert.deepEqual([rest.keys.map(({ key }) => key), rest.next], [['card-3'], undefined]);
  const narrowed = await editor.read('nethsm/keys', { ...where, limit: 10, filter: 'ARD-3' });
  assert.deepEqual(narrowed.keys, [{ key: 'card-3' }]);
  const one = await editor.read('nethsm/key', { ...where, key: 'card-1' });
  assert.deepEqual(
    one.devices.map(({ device, facts }) => [device, facts?.type]),
    [
      ['oslo', 'EC_P256'],
      ['bergen', 'EC_P256'],
    ],
  );
  const text = (device: string) => editor.read('nethsm/text', { kind: 'key', ...where, device, key: 'card-1' });
  assert.equal((await text('oslo')).text, (await text('bergen')).text);
  const inventory = (device: string, against: string) =>
    editor.read('nethsm/text', { kind: 'inventory', ...inPayments(), device, against });
  assert.equal((await inventory('oslo', 'bergen')).text, (await inventory('bergen', 'oslo')).text);
});

test('devices are shown with what is on them and what doctor found', async () => {
  const { editor, uri } = stage;
  const result = await editor.run('doctor', { manifest: uri });
  assert.ok(result.asked > 10, result.details);
  assert.match(result.summary, new RegExp(`^oslo and bergen: .*${result.asked} checks made`));
  assert.match(result.details, /Looked at on bergen: .*state, .*certificate/);
  const { devices } = await editor.read('nethsm/devices', { manifest: uri, maxAge: 0 });
  const [oslo] = devices;
  assert.deepEqual([oslo?.device, oslo?.state, oslo?.nodes[0]?.confirmed], ['oslo', 'Operational', 'known']);
  assert.match(oslo?.release ?? '', /^\d/);
  assert.equal(typeof oslo?.findings, 'number');
  const details = await editor.read('nethsm/deviceDetails', { manifest: uri, device: 'oslo' });
  assert.deepEqual(
    details.namespaces.map(({ title, inManifest }) => [title, inManifest]),
    [
      ['root', true],
      ['payments', true],
    ],
  );
  const users = details.users.map(({ user, ours }) => [user, ours]);
  assert.ok(users.some(([user, ours]) => user === 'admin' && ours === 'administrator'));
  assert.ok(users.some(([user, ours]) => user === 'payments~replicator' && ours === 'namespaceAdministrator'));
  assert.deepEqual(details.problems, []);
  const text = await editor.read('nethsm/text', { kind: 'doctor', manifest: uri });
  assert.match(text.text, /✓ state: it is Operational/);
});

test('the language features are told what was seen', () => {
  const facts = stage.editor.store.facts.of(stage.uri);
  assert.equal(facts?.device('oslo')?.state, 'Operational');
  assert.deepEqual(facts?.keyIds('payments', 'card-', 2), ['card-1', 'card-2']);
});

test('a device out of reach is shown as that, with what was known of the others', async () => {
  const { editor, uri } = stage;
  await stage.bergen.close();
  let { devices } = await editor.read('nethsm/devices', { manifest: uri, maxAge: 0 });
  for (let i = 0; i < 20 && devices[1]?.state !== 'unreachable'; i++) {
    ({ devices } = await editor.read('nethsm/devices', { manifest: uri, maxAge: 0 }));
  }
  assert.ok(editor.changes.some(({ manifest, what }) => manifest === uri && what === 'devices'));
  assert.deepEqual(
    devices.map(({ device, state, problem }) => [device, state, problem?.kind]),
    [
      ['oslo', 'Operational', undefined],
      ['bergen', 'unreachable', 'unreachable'],
    ],
  );
  const diff = await editor.run('diff', inPayments());
  assert.deepEqual([diff.ended, diff.problem?.kind], ['failed', 'unreachable']);
  await assert.rejects(
    editor.read('nethsm/keys', { ...inPayments(), device: 'bergen', limit: 10, maxAge: 0 }),
    ({ data }: { data: { kind: string; remedy: string } }) => data.kind === 'unreachable' && data.remedy !== '',
  );
});
