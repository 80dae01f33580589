/** What the engine refuses, whatever the editor's client lets through: nothing reaches a device then. */
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { plain } from '../../server/operations/commands/results.ts';
import { createEngine } from '../../server/operations/engine/engine.ts';
import type { CommandName, CommandParams, Reads } from '../../server/operations/protocol.ts';
import { setOptions } from '../../server/operations/serve.ts';
import { startEditor, type TestEditor } from './editor.ts';
import { type Stage, startStage, withoutSources } from './stage.ts';

let stage: Stage;
let untrusted: TestEditor;
before(async () => {
  stage = await startStage();
  untrusted = await startEditor(stage.folder, join(stage.folder, '.other-state'), { trusted: false });
});
after(async () => {
  await untrusted.close();
  await stage.close();
});

const inPayments = () => ({ manifest: stage.uri, namespace: 'payments' });
const onBergen = () => ({ ...inPayments(), device: 'bergen' });
const STALE = 'of another day';

/** Every command, with what would be right. */
function everyCommand(): { [C in CommandName]: CommandParams[C] } {
  const { uri: manifest, folder } = stage;
  const file = join(folder, 'none.nethsm-archive');
  const typed = { typed: 'payments', premise: STALE };
  return {
    diff: inPayments(),
    plan: inPayments(),
    synchronise: inPayments(),
    backUpNamespace: inPayments(),
    verifyArchive: { manifest, file },
    restoreNamespace: { ...onBergen(), file, users: true },
    backUpKey: { ...onBergen(), key: 'card-1' },
    restoreKey: { ...onBergen(), key: 'card-1', file },
    copyKeys: { ...inPayments(), keys: ['card-1'], from: 'oslo', to: 'bergen' },
    pair: { manifest, from: 'oslo', to: 'bergen', erase: true, typed: 'bergen', premise: STALE },
    switchover: onBergen(),
    failover: { ...onBergen(), acceptLoss: true, ...typed },
    rejoin: onBergen(),
    breakGlass: { ...onBergen(), file, ...typed },
    resolve: { ...inPayments(), conflict: 'card-1', keep: 'oslo' },
    pause: inPayments(),
    resume: inPayments(),
    doctor: { manifest },
    addDevice: { manifest, name: 'rome', url: stage.oslo.url },
    startPractice: { folder, fresh: true },
    stopPractice: {},
  };
}

test('without trust no command does anything', async () => {
  for (const [command, params] of Object.entries(everyCommand())) {
    const { ended, problem } = await untrusted.run(command as 'diff', params as CommandParams['diff']);
    assert.deepEqual([command, ended, problem?.kind], [command, 'refused', 'untrusted']);
  }
});

test('without trust no effect is told of any command', async () => {
  const all = everyCommand();
  for (const command of [
    'synchronise',
    'restoreKey',
    'copyKeys',
    'pair',
    'failover',
    'breakGlass',
    'resolve',
  ] as const) {
    const { problem } = await untrusted.read('nethsm/preview', { command, params: all[command] } as never);
    assert.deepEqual([command, problem?.kind], [command, 'untrusted']);
  }
});

test('without trust no reading asks a device, and nobody is asked', async () => {
  const where = onBergen();
  const { url } = stage.oslo;
  const reads: { [M in keyof Reads]?: Reads[M][0] } = {
    'nethsm/deviceDetails': { manifest: stage.uri, device: 'oslo', ask: true },
    'nethsm/keys': { ...where, limit: 10, ask: true },
    'nethsm/key': { ...where, key: 'card-1', ask: true },
    'nethsm/drift': { ...where, kind: 'missing', limit: 10, ask: true },
    'nethsm/probe': { url },
    'nethsm/archiveKeys': { manifest: stage.uri, file: 'any', limit: 1 },
  };
  for (const [method, params] of Object.entries(reads))
    await assert.rejects(untrusted.read(method as 'nethsm/probe', params as { url: string }), /not trusted/, method);
  for (const params of [
    { kind: 'inventory', ...where },
    { kind: 'key', ...where, key: 'card-1' },
    { kind: 'plan', ...inPayments(), side: 'before' },
  ] as const)
    await assert.rejects(untrusted.read('nethsm/text', { ...params, ask: true }), /not trusted/, params.kind);
  const { devices } = await untrusted.read('nethsm/devices', { manifest: stage.uri, maxAge: 0, ask: true });
  assert.deepEqual(
    devices.map(({ state, problem, cannot }) => [state, problem, /not trusted/.test(cannot.doctor ?? '')]),
    [
      ['unknown', undefined, true],
      ['unknown', undefined, true],
    ],
  );
  assert.deepEqual([untrusted.asked, untrusted.confirmed], [[], []]);
});

test('without trust no folder that the manifest names is looked into', async () => {
  const folder = join(stage.folder, 'backups');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'theirs.nethsm-archive'), 'no archive');
  const titles = async (editor: TestEditor) =>
    (await editor.read('nethsm/archives', { manifest: stage.uri })).archives.map(({ title }) => title);
  assert.deepEqual(await titles(untrusted), []);
  assert.deepEqual(await titles(stage.editor), ['theirs.nethsm-archive']);
});

test('nothing is trusted until it is said, and what was known goes with the trust', () => {
  const engine = createEngine({} as never, {} as never, {});
  assert.equal(engine.options.trusted, false);
  const gone: string[] = [];
  engine.secrets = { ...engine.secrets, forget: () => void gone.push('secrets') };
  engine.sessions = { ...engine.sessions, close: async () => void gone.push('sessions') };
  setOptions(engine, { trusted: true });
  assert.deepEqual([engine.options.trusted, gone], [true, []]);
  setOptions(engine, { trusted: 'yes' as never });
  assert.deepEqual([engine.options.trusted, gone], [false, ['secrets', 'sessions']]);
});

test('what was changed since it was looked at is refused, for every command that says what it saw', async () => {
  const { editor } = stage;
  assert.equal((await editor.run('synchronise', inPayments())).ended, 'done');
  const all = everyCommand();
  for (const command of ['synchronise', 'switchover', 'rejoin', 'pair', 'failover', 'breakGlass'] as const) {
    const { ended, done, problem } = await editor.run(command, { ...all[command], premise: STALE } as never);
    assert.deepEqual([command, ended, done, problem?.kind], [command, 'refused', 0, 'refused']);
  }
});

test('what loses something needs its name typed', async () => {
  const { editor } = stage;
  const all = everyCommand();
  for (const command of ['pair', 'failover', 'breakGlass'] as const) {
    const { typed, premise: _, ...params } = all[command];
    const { premise } = await editor.read('nethsm/preview', { command, params } as never);
    const wrong = { ...params, typed: `${typed} `, premise };
    const { ended, problem } = await editor.run(command, wrong as never);
    assert.deepEqual([command, ended, problem?.kind], [command, 'refused', 'refused']);
    assert.match(problem?.cause ?? '', /was not typed/);
  }
});

test('a primary that answers is not failed over, and a device that holds something is not paired unasked', async () => {
  const { editor } = stage;
  const failover = await editor.run('failover', { ...everyCommand().failover, premise: '' });
  assert.deepEqual([failover.ended, failover.problem?.kind], ['refused', 'refused'], failover.details);
  const params = { manifest: stage.uri, from: 'oslo', to: 'bergen', erase: false };
  const { premise, mustAccept } = await editor.read('nethsm/preview', { command: 'pair', params });
  assert.equal(mustAccept, true);
  const paired = await editor.run('pair', { ...params, typed: 'bergen', premise });
  assert.deepEqual([paired.ended, paired.done], ['refused', 0], paired.details);
  const { total } = await editor.read('nethsm/keys', { ...onBergen(), limit: 1, maxAge: 0 });
  assert.equal(total, 3);
});

test('keys that travel by import do not travel through the editor', async () => {
  const { editor } = stage;
  const file = join(stage.folder, 'import.nethsm.yaml');
  const text = await readFile(stage.playground.manifest, 'utf8');
  await writeFile(file, text.replace(/^( +)(primary: oslo\n)/m, '$1transfer: import\n$1$2'));
  const manifest = pathToFileURL(file).href;
  const all = everyCommand();
  for (const command of ['copyKeys', 'synchronise', 'resolve'] as const) {
    const { ended, problem } = await editor.run(command, { ...all[command], manifest } as never);
    assert.deepEqual([command, ended, problem?.kind], [command, 'refused', 'refused']);
    assert.match(problem?.cause ?? '', /import/);
  }
  await rm(file);
});

test('a name that is none is refused for a new device', async () => {
  const { manifest } = inPayments();
  const { ended, problem } = await stage.editor.run('addDevice', { manifest, name: '../x', url: stage.oslo.url });
  assert.deepEqual([ended, problem?.kind], ['refused', 'invalid']);
});

test('a wrong passphrase is tried three times, then no more', async () => {
  const file = join(stage.folder, 'asks.nethsm.yaml');
  await writeFile(file, withoutSources(await readFile(stage.playground.manifest, 'utf8')));
  const editor = await startEditor(stage.folder, stage.state);
  try {
    editor.answers.secret = () => `a wrong one, no. ${editor.asked.length}`;
    const where = { manifest: pathToFileURL(file).href, namespace: 'payments' };
    const { ended, problem } = await editor.run('diff', where);
    assert.deepEqual([ended, problem?.kind], ['failed', 'unauthorised']);
    const refused = editor.asked.map(({ owner, credential, refused }) => [owner, credential, refused]);
    const [first] = refused;
    assert.deepEqual(refused, [first, ...[1, 2].map(() => [first?.[0], first?.[1], true])]);
  } finally {
    await editor.close();
    await rm(file);
  }
});

test('an error that nobody foresaw goes over without what it says', async () => {
  const { editor } = stage;
  const before = editor.transcript().length;
  await assert.rejects(editor.read('nethsm/devices', { manifest: { passphrase: 'hunter2' } } as never));
  const { ended } = await editor.run('resolve', { ...inPayments(), conflict: 5, keep: 'oslo' } as never);
  assert.equal(ended, 'failed');
  const heard = editor.transcript().slice(before);
  assert.ok(!/hunter2|startsWith|function/.test(heard), heard.slice(0, 2_000));
});

test('text from elsewhere formats nothing', () => {
  assert.equal(plain('[x](command:y) **b** `c`\n# <i>'), '\\[x\\]\\(command:y\\) \\*\\*b\\*\\* \\`c\\` \\# \\<i\\>');
});
