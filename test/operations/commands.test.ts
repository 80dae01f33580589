import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { connectDevice } from '../../core/device/device.ts';
import type { DeviceNode } from '../../core/device/node.ts';
import { parseNamespace } from '../../core/names.ts';
import { linkOf } from '../../core/replication/journal/journal.ts';
import { journalFile, openJournal } from '../../core/replication/journal/open-journal.ts';
import type { PracticeDevice } from '../../practice/index.ts';
import { addKeys } from '../../practice/playground/furnish.ts';
import type { Secrets } from '../../practice/playground/layout.ts';
import { assertSecretFree, filesOf } from '../cli/secret-free.ts';
import { applyEdits } from '../language/client.ts';
import { ARCHIVES, type Stage, startStage } from './stage.ts';

let stage: Stage;
before(async () => {
  stage = await startStage();
});
after(() => stage.close());

const inPayments = () => ({ manifest: stage.uri, namespace: 'payments' });

test('diff counts what a replica lacks', async () => {
  const result = await stage.editor.run('diff', inPayments());
  assert.equal(result.ended, 'done', result.summary);
  assert.deepEqual(result.drift, { bergen: { missing: 3, extra: 0, differs: 0, conflict: 0, same: 0 } });
  const page = await stage.editor.read('nethsm/drift', {
    ...inPayments(),
    device: 'bergen',
    kind: 'missing',
    limit: 2,
  });
  assert.deepEqual(page.items, [{ key: 'card-1' }, { key: 'card-2' }]);
  assert.equal(page.next, 'card-2');
});

test('a plan is shown before and after as text', async () => {
  const result = await stage.editor.run('plan', inPayments());
  assert.equal(result.ended, 'done', result.summary);
  const text = async (side: 'before' | 'after') =>
    (await stage.editor.read('nethsm/text', { kind: 'plan', ...inPayments(), side })).text;
  assert.doesNotMatch(await text('before'), /card-1/);
  assert.match(
    await text('after'),
    /^card-1:\n {2}type: EC_P256\n {2}mechanism: ECDSA_Signature\n {2}public: sha256:/m,
  );
});

test('one key is copied, then all that is missing', async () => {
  const { editor } = stage;
  const ends = { from: 'oslo', to: 'bergen' };
  const preview = await editor.read('nethsm/preview', {
    command: 'copyKeys',
    params: { ...inPayments(), keys: ['card-1'], ...ends },
  });
  assert.deepEqual(preview.changes, ['1 key created on bergen.']);
  const one = await editor.run('copyKeys', { ...inPayments(), keys: ['card-1'], ...ends });
  assert.deepEqual([one.ended, one.asked, one.done, one.verified], ['done', 1, 1, 1], one.details);
  const rest = await editor.run('copyKeys', { ...inPayments(), keys: 'missing', ...ends });
  assert.deepEqual([rest.ended, rest.asked, rest.verified], ['done', 2, 2], rest.details);
  const none = await editor.run('copyKeys', { ...inPayments(), keys: 'missing', ...ends });
  assert.equal(none.ended, 'nothing-to-do');
});

test('synchronise, then switch over and back', async () => {
  const { editor } = stage;
  const preview = await editor.read('nethsm/preview', { command: 'synchronise', params: inPayments() });
  assert.deepEqual(preview.changes[0], 'oslo becomes the primary by record, epoch 1.');
  const other = await editor.run('synchronise', { ...inPayments(), premise: 'of another day' });
  assert.deepEqual([other.ended, other.done, other.problem?.kind], ['refused', 0, 'refused']);
  const result = await editor.run('synchronise', { ...inPayments(), premise: preview.premise });
  assert.equal(result.ended, 'done', result.details);
  const over = { ...inPayments(), device: 'bergen' };
  const before = await editor.read('nethsm/preview', { command: 'switchover', params: over });
  const switched = await editor.run('switchover', { ...over, premise: before.premise });
  assert.equal(switched.ended, 'done', switched.details);
  const [edits = []] = Object.values(switched.edit?.changes ?? {});
  assert.deepEqual(
    edits.map(({ newText }) => newText),
    ['bergen', 'oslo'],
  );
  assert.ok(editor.asked.some(({ credential }) => credential === 'archivePassphrase'));
  const seen = await editor.read('nethsm/activity', { manifest: stage.uri, most: 50 });
  assert.ok(seen.activity.length > 2);
  const text = await readFile(stage.playground.manifest, 'utf8');
  await writeFile(stage.playground.manifest, applyEdits(text, edits));
  const back = await editor.run('switchover', { ...inPayments(), device: 'oslo' });
  assert.equal(back.ended, 'done', back.details);
  await writeFile(stage.playground.manifest, text);
  const epoch = async () => (await editor.read('nethsm/overview', { maxAge: 0 })).manifests[0]?.namespaces[0]?.epoch;
  for (let i = 0; i < 20 && (await epoch()) === undefined; i++);
  assert.equal(await epoch(), 3);
});

test('the same key of another material is a conflict until somebody decides', async () => {
  const { editor, oslo, bergen, secrets } = stage;
  for (const device of [oslo, bergen]) await makeKey(device, secrets, 'twice');
  const preview = await editor.read('nethsm/preview', { command: 'synchronise', params: inPayments() });
  assert.match(preview.changes.join(' '), /1 conflict left alone/);
  const result = await editor.run('synchronise', inPayments());
  assert.equal(result.ended, 'partly', result.details);
  const counted = async () => {
    const { manifests } = await editor.read('nethsm/overview', {});
    const { conflicts, conflictsSeen, devices } = manifests[0]?.namespaces[0] ?? {};
    const { differs, conflict } = devices?.find(({ device }) => device === 'bergen')?.drift ?? {};
    return [conflicts, conflictsSeen?.by?.split('@')[0], { differs, conflict }];
  };
  const once = { differs: 0, conflict: 1 };
  assert.deepEqual(await counted(), [1, 'editor', once], 'by the run');
  // The comparison finds it different; it counts as a conflict all the same, and once.
  assert.equal((await editor.run('diff', inPayments())).drift?.bergen?.differs, 1);
  assert.deepEqual(await counted(), [1, 'editor', once], 'by the run, compared since');
  editor.changes.length = 0;
  const page = await editor.read('nethsm/drift', { ...inPayments(), device: 'bergen', kind: 'conflict', limit: 10 });
  assert.deepEqual(
    page.items.map(({ key }) => key),
    ['twice'],
  );
  assert.ok(editor.changes.some(({ what }) => what === 'namespaces'));
  assert.deepEqual(await counted(), [1, undefined, once], 'by the plan that names them');
  const others = await editor.read('nethsm/drift', { ...inPayments(), device: 'bergen', kind: 'differs', limit: 10 });
  assert.deepEqual([others.matching, others.items, others.counts.differs], [0, [], 0]);
  const decided = await editor.run('resolve', { ...inPayments(), conflict: 'twice', keep: 'oslo' });
  assert.equal(decided.ended, 'done', decided.details);
  const same = await editor.run('diff', inPayments());
  assert.deepEqual(same.drift?.bergen, { missing: 0, extra: 0, differs: 0, conflict: 0, same: 4 });
});

test('what is paused is not synchronised until it is resumed', async () => {
  const { editor } = stage;
  assert.equal((await editor.run('pause', inPayments())).ended, 'done');
  const seen = await editor.read('nethsm/overview', {});
  assert.ok(seen.manifests[0]?.namespaces[0]?.paused);
  assert.equal((await editor.run('synchronise', inPayments())).ended, 'refused');
  assert.equal((await editor.run('resume', inPayments())).ended, 'done');
  assert.equal((await editor.run('synchronise', inPayments())).ended, 'nothing-to-do');
});

test('a command that is cancelled ends in a result that says so', async () => {
  const stop = new AbortController();
  const running = stage.editor.run('diff', inPayments(), stop.signal);
  stop.abort();
  const { ended, problem } = await running;
  assert.deepEqual([ended, problem?.kind], ['cancelled', 'cancelled']);
});

test('a failover needs the name typed, and tells what may be lost', async () => {
  const { editor, oslo } = stage;
  const params = { ...inPayments(), device: 'bergen', acceptLoss: true };
  const early = await editor.read('nethsm/preview', { command: 'failover', params });
  assert.equal(early.problem?.kind, 'refused', 'the primary answers');
  await oslo.close();
  agesSince(3_600_000);
  const preview = await editor.read('nethsm/preview', { command: 'failover', params });
  assert.equal(preview.problem, undefined);
  assert.equal(preview.mustType, 'payments');
  assert.ok(preview.losses.length > 0);
  const untyped = await editor.run('failover', { ...params, typed: 'payment', premise: preview.premise });
  assert.equal(untyped.ended, 'refused');
  const named = { ...params, typed: 'payments', premise: preview.premise };
  const unaccepted = await editor.run('failover', { ...named, acceptLoss: false });
  assert.deepEqual([unaccepted.ended, unaccepted.done], ['refused', 0], unaccepted.details);
  const sync = await editor.run('synchronise', inPayments());
  assert.equal(sync.done, 0);
  const copy = await editor.run('copyKeys', { ...inPayments(), keys: ['card-1'], from: 'oslo', to: 'bergen' });
  assert.deepEqual([copy.ended, copy.problem?.kind], ['failed', 'unreachable']);
  const result = await editor.run('failover', named);
  assert.match(result.summary, /bergen is primary of payments, epoch 4/, result.details);
});

test('no secret went over to the editor, or into what it was told, or into the state folder', async () => {
  const { editor, secrets, state } = stage;
  const all = { ...secrets, archives: ARCHIVES };
  assertSecretFree(all, editor.transcript(), 'what the editor heard');
  const files = await filesOf(state);
  assert.ok(
    files.some((file) => file.includes('journal')),
    files.join(' '),
  );
  for (const file of files) assertSecretFree(all, await readFile(file, 'latin1'), file);
});

/** Makes the journal say that both devices were last the same so long ago, in milliseconds. */
function agesSince(ms: number): void {
  const { journal } = openJournal(journalFile(stage.state, stage.playground.manifest));
  const link = linkOf(parseNamespace('payments'), 'oslo', 'bergen');
  const last = journal.lastRun(link);
  assert.ok(last);
  journal.putRun(link, { ...last, inSyncAt: Date.now() - ms });
  journal.close();
}

/** A key of its own on each device, made by the namespace's administrator. */
async function makeKey(device: PracticeDevice, secrets: Secrets, id: string): Promise<void> {
  const config = {
    name: 'made',
    nodes: [{ url: device.url, tls: { kind: 'pins' as const, pins: [device.pin ?? ''] } }],
  };
  const connected = connectDevice(config, { known: { check: () => 'known' } });
  try {
    await addKeys(connected.nodes[0] as DeviceNode, secrets, [id]);
  } finally {
    await connected.close();
  }
}
