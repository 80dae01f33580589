/** What is asked of a person, on whose account, and how devices read meanwhile. */
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { SecretOutcome, SecretParams } from '../../server/operations/protocol.ts';
import { startEditor, type TestEditor } from './editor.ts';
import { ARCHIVES, rightAnswer, type Stage, startStage, withoutSources } from './stage.ts';

let stage: Stage;
let editor: TestEditor;
/** Answers the box that is open. */
let openBox: (() => void) | undefined;
const [one, other] = ['one', 'other'].map((name) => `${name}.nethsm.yaml`) as [string, string];
const uriOf = (name: string): string => pathToFileURL(join(stage.folder, name)).href;

before(async () => {
  stage = await startStage();
  const text = withoutSources(await readFile(stage.playground.manifest, 'utf8'));
  for (const name of [one, other]) await writeFile(join(stage.folder, name), text);
  await rm(stage.playground.manifest);
  editor = await startEditor(stage.folder, join(stage.folder, '.other-state'));
});
after(async () => {
  editor.answers.secret = () => undefined;
  openBox?.();
  await editor.close();
  await stage.close();
});

test('whoever connects to one manifest is asked for its passphrases only', async () => {
  editor.answers.secret = () => undefined;
  await editor.read('nethsm/overview', { maxAge: 0, ask: true, askFor: uriOf(one) });
  await until(() => editor.asked.length > 0);
  const manifests = new Set([...editor.asked, ...editor.confirmed].map(({ manifest }) => manifest));
  assert.deepEqual([...manifests], [uriOf(one)]);
});

test('while boxes are open devices read as waiting for them, not as unconfirmed', async () => {
  const manifest = uriOf(other);
  const read = async (fresh: object) => {
    const { devices } = await editor.read('nethsm/devices', { manifest, ...fresh });
    const { manifests } = await editor.read('nethsm/overview', fresh);
    const sites = manifests.find((view) => view.manifest === manifest)?.namespaces[0]?.devices ?? [];
    return [devices, sites].map((views) => views.map(({ state, awaits, problem }) => [state, awaits, problem?.kind]));
  };
  await editor.trust(false);
  await rm(join(stage.folder, '.other-state'), { recursive: true });
  await editor.trust(true);
  const before = [['untrusted', undefined, 'untrusted'] as const, ['untrusted', undefined, 'untrusted'] as const];
  assert.deepEqual(await read({ maxAge: 0 }), [before, before]);

  editor.answers.secret = (params) =>
    new Promise((resolve) => {
      openBox = () => resolve(rightAnswer(stage, params));
    });
  editor.changes.length = 0;
  const click = editor.read('nethsm/devices', { manifest, maxAge: 0, ask: true });
  await until(() => openBox !== undefined);
  await click;
  assert.ok(editor.changes.some((change) => change.manifest === manifest && change.what === 'devices'));
  const waiting = [['connecting', 'passphrase', undefined] as const, ['connecting', 'passphrase', undefined] as const];
  assert.deepEqual(await read({}), [waiting, waiting]);
  editor.answers.secret = (params) => rightAnswer(stage, params);
  openBox?.();
  const there = ['Operational', undefined, undefined] as const;
  await until(async () => JSON.stringify(await read({})).split('Operational').length === 5);
  assert.deepEqual((await read({}))[0], [there, there]);
});

test('in the background nobody is asked for a passphrase', async () => {
  const manifest = uriOf(other);
  await editor.read('nethsm/forgetSecrets', {});
  editor.asked.length = 0;
  const kinds = async () => {
    const { devices } = await editor.read('nethsm/devices', { manifest, maxAge: 0 });
    return devices.map(({ state, problem }) => [state, problem?.kind]);
  };
  const lacking = ['Operational', 'unauthorised'];
  await until(async () => JSON.stringify(await kinds()) === JSON.stringify([lacking, lacking]));
  assert.deepEqual(editor.asked, []);
});

test('passphrases of archives and of backups that did their work are kept, and found again without asking', async () => {
  const manifest = uriOf(other);
  const where = { manifest, namespace: 'payments' };
  const vault = new Map<string, string>();
  const name = ({ manifest, owner, credential }: SecretOutcome | SecretParams) => `${manifest} ${owner} ${credential}`;
  const boxes: string[] = [];
  let archives = 'too short';
  /** As the editor's client does: kept ones first, then a box. */
  editor.answers.secret = (params) => {
    if (params.keptOnly || vault.has(name(params))) return vault.get(name(params));
    boxes.push(params.credential);
    return params.credential === 'archivePassphrase' ? archives : rightAnswer(stage, params);
  };
  const keep = () => {
    for (const { accepted, ...purpose } of editor.outcomes.splice(0)) {
      if (accepted)
        vault.set(
          name(purpose as SecretOutcome),
          purpose.owner === '' ? archives : (rightAnswer(stage, purpose) ?? ''),
        );
      else vault.delete(name(purpose as SecretOutcome));
    }
  };
  await editor.read('nethsm/forgetSecrets', {});
  const filled = await editor.run('synchronise', where);
  assert.equal(filled.ended, 'done', filled.details);
  const over = { ...where, device: 'bergen' };
  const short = await editor.run('switchover', over);
  assert.deepEqual([short.ended, short.problem?.kind], ['refused', 'refused'], short.details);
  keep();
  assert.equal(vault.has(`${manifest}  archivePassphrase`), false);
  archives = ARCHIVES;
  const done = await editor.run('switchover', over);
  assert.equal(done.ended, 'done', done.details);
  keep();
  assert.equal(vault.get(`${manifest}  archivePassphrase`), ARCHIVES);
  assert.ok(vault.has(`${manifest} bergen backupPassphrase`), [...vault.keys()].join());

  // A new session of the editor, with a machine that keeps secrets.
  await editor.read('nethsm/forgetSecrets', {});
  boxes.length = 0;
  const backup = await editor.run('backUpNamespace', { ...where, file: 'kept.nethsm-archive' });
  assert.equal(backup.ended, 'done', backup.details);
  await editor.read('nethsm/forgetSecrets', {});
  const { archives: files } = await editor.read('nethsm/archives', { manifest });
  assert.equal(files.length, 3, 'the backup, and the keepers that the switchover archived at two places');
  for (const { file } of files) {
    const verified = await editor.run('verifyArchive', { manifest, file });
    assert.equal(verified.ended, 'done', verified.details);
  }
  assert.deepEqual(boxes, []);
});

/** Waits for something that comes by itself. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200 && !(await holds()); i++) await new Promise((next) => setTimeout(next, 50));
  assert.ok(await holds());
}
