/** An editor's runtime without SQLite: what needs no journal goes on, and what needs one says so. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { isProblem } from '../../core/problem.ts';
import { journalFile } from '../../core/replication/journal/open-journal.ts';
import { createJournals, type Journals } from '../../server/operations/engine/journals.ts';

const { getBuiltinModule } = process;
let folder: string;
let journals: Journals;
let manifest: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'no-journal-'));
  manifest = join(folder, 'site.nethsm.yaml');
  writeFileSync(manifest, 'version: 1\n');
  const file = journalFile(folder, manifest);
  await mkdir(dirname(file), { recursive: true });
  for (const name of [file, `${file}.agent`]) writeFileSync(name, '');
  assert.ok(existsSync(file));
  const hidden = (name: string): unknown => (name === 'node:sqlite' ? undefined : getBuiltinModule(name));
  process.getBuiltinModule = hidden as typeof getBuiltinModule;
  journals = createJournals(() => folder);
});
after(() => {
  process.getBuiltinModule = getBuiltinModule;
  journals.close();
  rmSync(folder, { recursive: true });
});

test('looking works without a journal', () => {
  assert.equal(journals.existing(manifest), undefined);
  assert.equal(journals.hasAgent(manifest), false);
});

test('what needs the journal says why it can not be had', () => {
  assert.throws(
    () => journals.open(manifest),
    (error) => isProblem(error) && /SQLite|sqlite/.test(error.message),
  );
});
