import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseNamespace, ROOT } from '../../core/names.ts';
import { beTheOnlyOne } from '../../core/replication/agent/only-one.ts';
import { linkOf } from '../../core/replication/journal/journal.ts';
import { journalFile, openJournal } from '../../core/replication/journal/open-journal.ts';
import { startEditor } from './editor.ts';
import { type Stage, startStage } from './stage.ts';

let stage: Stage;
before(async () => {
  stage = await startStage();
});
after(() => stage.close());

test('the overview shows namespaces, devices, roles and what is missing', async () => {
  const { editor, uri } = stage;
  const known = await editor.read('nethsm/overview', {});
  assert.deepEqual(
    known.manifests.map(({ manifest, errors }) => [manifest, errors]),
    [[uri, 0]],
  );
  assert.equal(known.manifests[0]?.namespaces[0]?.devices[0]?.state, 'unknown', 'nobody was asked');
  let seen = await editor.read('nethsm/overview', { maxAge: 0 });
  for (let i = 0; i < 20 && seen.manifests[0]?.namespaces[0]?.at === undefined; i++) {
    seen = await editor.read('nethsm/overview', { maxAge: 0 });
  }
  const payments = seen.manifests[0]?.namespaces[0];
  assert.equal(payments?.title, 'payments');
  assert.deepEqual(payments?.primaries, ['oslo']);
  assert.equal(payments?.drifting, true);
  const [oslo, bergen] = payments?.devices ?? [];
  assert.deepEqual([oslo?.role, oslo?.state], ['primary', 'Operational']);
  assert.deepEqual(bergen?.drift, { missing: 3, extra: 0, differs: 0, conflict: 0, same: 0 });
});

test('an agent on this machine is shown, and what it last found without asking a device', async () => {
  const { editor, playground, state, uri } = stage;
  const file = journalFile(state, playground.manifest);
  const stop = beTheOnlyOne(file);
  try {
    const { manifests } = await editor.read('nethsm/overview', {});
    assert.equal(manifests[0]?.agent, true);
  } finally {
    stop();
  }
  const { journal } = openJournal(file);
  journal.putRun(linkOf(ROOT, 'oslo', 'bergen'), {
    ...{
      startedAt: 1_000,
      endedAt: 2_000,
      by: 'run@vault',
      ok: true,
      asked: 5,
      done: 4,
      verified: 4,
      conflicts: 2,
      held: 0,
    },
    left: { missing: 1, extra: 0, differs: 0, conflicts: 2 },
  });
  journal.close();
  const other = await startEditor(stage.folder, state, { trusted: false });
  try {
    const { manifests } = await other.read('nethsm/overview', { maxAge: 0 });
    assert.equal(manifests[0]?.agent, false);
    const root = manifests
      .find(({ manifest }) => manifest === uri)
      ?.namespaces.find(({ namespace }) => namespace === '');
    assert.equal(root?.drifting, true);
    assert.equal(root?.devices[1]?.drift?.missing, 1);
    assert.equal(root?.lastRun?.verified, 4);
    assert.deepEqual([root?.conflicts, root?.conflictsSeen], [2, { at: 2_000, by: 'run@vault' }]);
  } finally {
    await other.close();
  }
});

test('what others write into the journal is told within seconds while somebody looks', async () => {
  const { editor, playground, state, uri } = stage;
  const { journal } = openJournal(journalFile(state, playground.manifest));
  await editor.read('nethsm/overview', {});
  const told = () => editor.changes.filter(({ manifest, what }) => manifest === uri && what === 'activity').length;
  const before = told();
  const activity = { at: 1, by: 'run@vault', kind: 'stream', level: 'info', text: 'a key came' } as const;
  journal.addActivity(activity);
  journal.close();
  for (const end = Date.now() + 10_000; told() === before && Date.now() < end; ) await sleep(50);
  assert.equal(told(), before + 1);
  const { activity: lines } = await editor.read('nethsm/activity', { manifest: uri, most: 1 });
  assert.equal(lines[0]?.text, 'a key came');
  await sleep(2_500);
  assert.equal(told(), before + 1, 'once');
});

test('the language features hear of lag, and of how long the last transfer took', async () => {
  const { editor, playground, state, uri } = stage;
  const { journal } = openJournal(journalFile(state, playground.manifest));
  const hourAgo = Date.now() - 3_600_000;
  journal.putRun(linkOf(parseNamespace('payments'), 'oslo', 'bergen'), {
    ...{
      startedAt: hourAgo,
      endedAt: hourAgo + 600_000,
      ok: true,
      asked: 5,
      done: 5,
      verified: 5,
      conflicts: 0,
      held: 0,
    },
    inSyncAt: hourAgo,
  });
  journal.close();
  await editor.run('diff', { manifest: uri, namespace: 'payments' });
  const facts = editor.store.facts.of(uri)?.namespace('payments');
  assert.equal(facts?.lastTransferSeconds, 600);
  assert.equal(Math.floor((facts?.replicas?.bergen?.lagSeconds ?? 0) / 60), 60);
});
