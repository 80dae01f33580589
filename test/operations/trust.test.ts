import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { ConfirmDeviceParams } from '../../server/operations/protocol.ts';
import { startEditor, type TestEditor } from './editor.ts';
import { rightAnswer, type Stage, startStage, withoutSources } from './stage.ts';

let stage: Stage;
let editor: TestEditor;
let manifest: string;
before(async () => {
  stage = await startStage();
  // The same devices in a manifest that names no source of any secret, and nothing confirmed yet.
  const text = withoutSources(await readFile(stage.playground.manifest, 'utf8'));
  const file = join(stage.folder, 'asks.nethsm.yaml');
  await writeFile(file, text);
  manifest = pathToFileURL(file).href;
  editor = await startEditor(stage.folder, join(stage.folder, '.other-state'), { trusted: false });
});
after(async () => {
  await editor.close();
  await stage.close();
});

const right = (credential: string): string | undefined => rightAnswer(stage, { credential });

test('an untrusted workspace shows what is written and connects to nothing', async () => {
  const seen = await editor.read('nethsm/overview', { maxAge: 0, ask: true });
  const view = seen.manifests.find((one) => one.manifest === manifest);
  assert.equal(view?.namespaces[0]?.devices[0]?.state, 'unknown');
  assert.match(view?.namespaces[0]?.cannot.synchronise ?? '', /not trusted/);
  const result = await editor.run('diff', { manifest, namespace: 'payments' });
  assert.deepEqual([result.ended, result.problem?.kind], ['refused', 'untrusted']);
  await assert.rejects(editor.read('nethsm/probe', { url: stage.oslo.url }), /not trusted/);
  const preview = await editor.read('nethsm/preview', {
    command: 'synchronise',
    params: { manifest, namespace: 'payments' },
  });
  assert.equal(preview.problem?.kind, 'untrusted');
  assert.deepEqual([editor.asked, editor.confirmed], [[], []]);
});

test('in the background nobody is asked; a click asks to confirm first, and nothing is sent without', async () => {
  await editor.trust(true);
  const quiet = await editor.read('nethsm/devices', { manifest, maxAge: 0 });
  assert.deepEqual(
    quiet.devices.map(({ state }) => state),
    ['untrusted', 'untrusted'],
  );
  assert.deepEqual(editor.confirmed, []);
  editor.answers.confirm = () => false;
  // A refresh that is on its way already does not answer for the person.
  const refresh = editor.read('nethsm/devices', { manifest, maxAge: 0 });
  const refused = await editor.run('diff', { manifest, namespace: 'payments' });
  await refresh;
  assert.deepEqual([refused.ended, refused.problem?.kind], ['refused', 'untrusted']);
  const questions = (): ConfirmDeviceParams[] => editor.confirmed;
  assert.deepEqual(
    questions().map(({ device, pin, verdict }) => [device, pin, verdict]),
    [['oslo', stage.oslo.pin, 'new']],
  );
  assert.deepEqual(editor.asked, []);
});

test('a secret is asked for once, tried, and told to be kept or not', async () => {
  editor.answers.confirm = () => true;
  let wrong = 0;
  editor.answers.secret = ({ credential, refused }) => {
    if (credential !== 'administrator' || refused) return right(credential);
    wrong += 1;
    return 'not the passphrase';
  };
  const { devices } = await editor.read('nethsm/devices', { manifest, maxAge: 0, ask: true });
  let seen = devices;
  for (let i = 0; i < 20 && seen.some(({ release }) => release === undefined); i++) {
    seen = (await editor.read('nethsm/devices', { manifest, maxAge: 0, ask: true })).devices;
  }
  assert.deepEqual(
    seen.map(({ state, problem }) => [state, problem]),
    [
      ['Operational', undefined],
      ['Operational', undefined],
    ],
  );
  assert.equal(wrong, 2, 'each device refused it once');
  assert.deepEqual(editor.outcomes.map(({ owner, accepted }) => [owner, accepted]).sort(), [
    ['bergen', false],
    ['bergen', true],
    ['oslo', false],
    ['oslo', true],
  ]);
  const places = editor.asked.map((one) => one.places);
  assert.ok(places.every((list) => list.length === 1 && list[0]?.pin.startsWith('sha256:')));
  const before = editor.asked.length;
  await editor.read('nethsm/devices', { manifest, maxAge: 0, ask: true });
  assert.equal(editor.asked.length, before);
});

test('a wrong backup passphrase is told, forgotten, and asked for anew', async () => {
  editor.answers.secret = ({ credential }) =>
    credential === 'backupPassphrase' ? 'some other passphrase' : right(credential);
  const out = { manifest, namespace: 'payments', file: 'asked.nethsm-archive' };
  const failed = await editor.run('backUpNamespace', out);
  assert.deepEqual([failed.ended, failed.problem?.kind], ['failed', 'wrong-passphrase']);
  assert.ok(editor.outcomes.some(({ credential, accepted }) => credential === 'backupPassphrase' && !accepted));
  editor.answers.secret = ({ credential }) => right(credential);
  const done = await editor.run('backUpNamespace', out);
  assert.equal(done.ended, 'done', done.details);
});

test('a secret that is not given ends the command, and one that was given can be forgotten', async () => {
  await editor.read('nethsm/forgetSecrets', {});
  editor.answers.secret = () => undefined;
  const { ended, problem } = await editor.run('diff', { manifest, namespace: 'payments' });
  assert.deepEqual([ended, problem?.kind], ['cancelled', 'cancelled']);
});

test('another public key than was confirmed is asked about, and named as changed', async () => {
  const file = join(stage.folder, 'asks.nethsm.yaml');
  const text = await readFile(file, 'utf8');
  const pin = stage.oslo.pin ?? '';
  const renewed = stage.oslo.nodes[0]?.renewCertificate() ?? '';
  await writeFile(file, text.replace(pin, renewed));
  editor.answers.confirm = () => false;
  editor.confirmed.splice(0);
  const asked = (): ConfirmDeviceParams[] => editor.confirmed;
  const result = await editor.run('diff', { manifest, namespace: 'payments' });
  assert.deepEqual([result.ended, result.problem?.kind], ['refused', 'untrusted'], result.details);
  assert.deepEqual(
    asked().map(({ device, pin, verdict }) => [device, pin, verdict]),
    [['oslo', renewed, 'changed']],
  );
  await writeFile(file, text.replace(pin, renewed));
  await rm(file);
});

test('what is no manifest, no device or no key is said', async () => {
  const gone = await editor.run('diff', { manifest, namespace: 'payments' });
  assert.equal(gone.ended, 'failed');
  const uri = stage.uri;
  const none = await editor.run('backUpNamespace', { manifest: uri, namespace: 'nobody' });
  assert.deepEqual([none.ended, none.problem?.kind], ['refused', 'bad-manifest']);
  const odd = await editor.run('backUpKey', { manifest: uri, namespace: 'payments', device: 'oslo', key: '../x' });
  assert.deepEqual([odd.ended, odd.problem?.kind], ['refused', 'invalid']);
});

test('no secret went over to the editor', () => {
  const heard = editor.transcript();
  for (const secret of [...Object.values(stage.secrets), 'not the passphrase']) assert.ok(!heard.includes(secret));
});
