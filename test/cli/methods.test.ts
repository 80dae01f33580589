/** The other ways than appending: import where the manifest allows it, merge where it is asked for. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { withPlayground } from '../../cli/playground/open.ts';
import { addKeys, addNamespace } from '../../practice/playground/furnish.ts';
import { type CliPlayground, startCliPlayground } from './playground.ts';
import { jsonOf } from './run-cli.ts';

const COPY = ['--namespace', 'payments', '--from', 'oslo', '--to', 'bergen', '--json'];
/** Two devices that were never paired. */
let strangers: CliPlayground;
/** Two paired devices of a release that append was not tested on. */
let old: CliPlayground;

before(async () => {
  strangers = await startCliPlayground(['oslo', 'bergen'], { fresh: true });
  old = await startCliPlayground(['oslo', 'bergen'], { release: '4.0' });
  await withPlayground(strangers.run, strangers, async ([oslo]) => {
    if (oslo === undefined) return;
    await addNamespace(oslo.node, strangers.secrets);
    await addKeys(oslo.node, strangers.secrets, ['card-1', 'card-2']);
  });
});
after(async () => {
  await strangers.end();
  await old.end();
});

const allowImport = async (): Promise<void> => {
  const text = await readFile(strangers.manifest, 'utf8');
  await writeFile(strangers.manifest, text.replace('  payments:\n', '  payments:\n    transfer: import\n'));
};

test('another Domain Key is refused, and both ways out are named', async () => {
  const { code, stdout } = await strangers.cli('copy-key', [...COPY, '--key', 'card-1']);
  assert.equal(code, 4);
  assert.match(JSON.parse(stdout).problem.remedy, /Pair the devices first/);
  const renamed = await strangers.cli('copy-key', [...COPY, '--key', 'card-1', '--as', 'card-one']);
  assert.equal(renamed.code, 4);
  assert.match(JSON.parse(renamed.stdout).problem.remedy, /transfer: import/);
});

test('where the manifest allows import, the key goes in plaintext through our memory, and that is said', async () => {
  await allowImport();
  const copied = await strangers.cli('copy-key', [...COPY, '--key', 'card-1']);
  assert.equal(copied.code, 0, copied.stderr);
  assert.match(copied.stderr, /PLAINTEXT in the memory of this\scomputer/);
  assert.equal(jsonOf(copied).verified, 1);
  const renamed = await strangers.cli('copy-key', [...COPY, '--key', 'card-2', '--as', 'card-two']);
  assert.equal(renamed.code, 0, renamed.stderr);
  const { missing, extra, same } = jsonOf(await strangers.cli('diff', ['--namespace', 'payments', '--json']));
  assert.deepEqual([missing, extra, same], [['card-2'], ['card-two'], 1]);
});

test('a release that append was not tested on takes keys by a merge only, which must be asked for', async () => {
  const refused = await old.cli('copy-key', [...COPY, '--key', 'card-1']);
  assert.equal(refused.code, 4);
  const merged = await old.cli('copy-key', [...COPY, '--key', 'card-1', '--merge']);
  assert.equal(merged.code, 0, merged.stderr);
  assert.match(merged.stderr, /restoring ALL of bergen/);
  assert.deepEqual(jsonOf(await old.cli('diff', ['--namespace', 'payments', '--json'])).missing, ['card-2', 'card-3']);
  const archive = join(old.folder, 'payments.nethsm-archive');
  assert.equal((await old.cli('backup', ['--namespace', 'payments', '--out', archive])).code, 0);
  const words = ['--from', archive, '--namespace', 'payments', '--device', 'bergen', '--json', '--merge'];
  const restored = await old.cli('restore', words);
  assert.equal(restored.code, 0, restored.stderr);
  assert.match(restored.stderr, /restoring ALL of bergen/);
  assert.equal((await old.cli('diff', ['--namespace', 'payments'])).code, 0);
});

test('accepting a total loss without a merge is a mistake', async () => {
  const { code, stderr } = await old.cli('copy-key', [...COPY, '--key', 'card-1', '--accept-total-loss']);
  assert.equal(code, 1);
  assert.match(stderr, /goes with --merge/);
});
