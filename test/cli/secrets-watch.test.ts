/** The agent reads secrets again once one was refused; what it reads must never be taken for new when it is not. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { newSecret } from '../../cli/agent/secrets-watch.ts';
import type { Run } from '../../cli/run.ts';
import { makeSecretKeeper } from '../../cli/secrets.ts';
import { makeStyle } from '../../cli/terminal/style.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'secrets-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const keeper = () => {
  const around = { env: {}, cwd: folder, stdin: { isTTY: false }, stderr: { isTTY: false } };
  return makeSecretKeeper(
    { around, allowCommands: true, style: makeStyle(false), note() {} } as unknown as Run,
    folder,
  );
};
const wanted = (source: { file: string } | { command: string[] }) => ({
  owner: 'bergen',
  credential: 'backup',
  title: 'passphrase of backup1 on bergen',
  source,
});

test('a file that reads otherwise is new, for as long as the old secret is in use', async () => {
  const file = join(folder, 'backup');
  await writeFile(file, 'first\n', { mode: 0o600 });
  const secrets = keeper();
  assert.equal(await secrets.isAnyNew(true), false, 'nothing was wanted yet');
  assert.equal(await secrets.get(wanted({ file })), 'first');
  await writeFile(file, 'first');
  assert.equal(await secrets.isAnyNew(true), false, 'the newline is no part of it');
  await rm(file);
  assert.equal(await secrets.isAnyNew(true), false, 'it may be about to be replaced');
  await writeFile(file, 'second', { mode: 0o600 });
  assert.equal(await secrets.isAnyNew(true), true);
  assert.equal(await secrets.get(wanted({ file })), 'first', 'others that work with it go on');
});

test('a secret that was missing is looked for again, and is new once it is there', async () => {
  const file = join(folder, 'later');
  const secrets = keeper();
  await assert.rejects(secrets.get(wanted({ file })), { kind: 'unreadable' });
  assert.equal(await secrets.isAnyNew(true), false);
  await writeFile(file, 'here', { mode: 0o600 });
  assert.equal(await secrets.isAnyNew(true), true);
  assert.equal(await secrets.get(wanted({ file })), 'here');
  assert.equal(await secrets.isAnyNew(true), false);
});

test('commands are run only when asked for', async () => {
  const log = join(folder, 'runs');
  const command = ['/bin/sh', '-c', `echo x >> ${log}; wc -l < ${log}`];
  const secrets = keeper();
  await secrets.get(wanted({ command }));
  assert.equal(await secrets.isAnyNew(false), false);
  assert.equal(await secrets.isAnyNew(true), true);
});

test('the wait ends with a new secret, and with the signal', { timeout: 10_000 }, async () => {
  const asked: boolean[] = [];
  const isAnyNew = async (withCommands: boolean) => asked.push(withCommands) > 1;
  assert.equal(await newSecret({ isAnyNew }, AbortSignal.timeout(9_000)), true);
  assert.deepEqual(asked, [false, false], 'commands have time');
  assert.equal(await newSecret({ isAnyNew: async () => false }, AbortSignal.timeout(50)), false);
});
