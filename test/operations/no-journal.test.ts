/** An editor's runtime without SQLite: what needs no journal goes on, and what needs one says so. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { after, before, test } from 'node:test';
import { isProblem } from '../../core/problem.ts';
import { journalFile } from '../../core/replication/journal/open-journal.ts';
import { createJournals, type Journals } from '../../server/operations/engine/journals.ts';
import { type Stage, startStage } from './stage.ts';

const { getBuiltinModule } = process;
let stage: Stage;
let journals: Journals;
let manifest: string;

before(async () => {
  stage = await startStage();
  manifest = stage.playground.manifest;
  const file = journalFile(stage.state, manifest);
  await mkdir(dirname(file), { recursive: true });
  for (const name of [file, `${file}.agent`]) writeFileSync(name, '');
  assert.ok(existsSync(file));
  const hidden = (name: string): unknown => (name === 'node:sqlite' ? undefined : getBuiltinModule(name));
  process.getBuiltinModule = hidden as typeof getBuiltinModule;
  journals = createJournals(() => stage.state);
});
after(async () => {
  process.getBuiltinModule = getBuiltinModule;
  journals.close();
  await stage.close();
});

test('looking works without a journal', () => {
  assert.equal(journals.existing(manifest), undefined);
  assert.equal(journals.hasAgent(manifest), false);
});

test('what needs the journal says why it can not be had', async () => {
  for (const use of [() => journals.open(manifest), () => journals.lazy(manifest).file]) {
    assert.throws(use, (error) => isProblem(error) && /SQLite|sqlite/.test(error.message));
  }
  const { ended, details } = await stage.editor.run('synchronise', { manifest: stage.uri, namespace: 'payments' });
  assert.equal(ended, 'failed');
  assert.match(details, /SQLite/);
});

test('views show roles, drift and inventories without a journal, and one device is examined', async () => {
  const { editor, uri } = stage;
  const payments = async () => (await editor.read('nethsm/overview', { maxAge: 0 })).manifests[0]?.namespaces[0];
  for (let i = 0; i < 50 && (await payments())?.devices[1]?.drift === undefined; i++);
  const seen = await payments();
  assert.match(seen?.cannot.switchover ?? '', /no device has a record/, 'the records were read');
  assert.deepEqual(
    seen?.devices.map(({ role, state, problem, drift }) => [role, state, problem, drift?.missing]),
    [
      ['primary', 'Operational', undefined, undefined],
      ['replica', 'Operational', undefined, 3],
    ],
  );
  const { text } = await editor.read('nethsm/text', {
    ...{ kind: 'inventory', manifest: uri, namespace: 'payments', device: 'oslo' },
  });
  assert.match(text, /card-1/);
  const { problem } = await editor.run('doctor', { manifest: uri, device: 'oslo' });
  assert.equal(problem, undefined);
});
