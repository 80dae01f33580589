import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import type { KeyId, ROOT } from '../../core/names.ts';
import { scheduledName } from '../../core/replication/schedule/archive-files.ts';
import { createArchive } from '../../core/transfer/archive/writer.ts';
import { sealedKey } from '../../core/transfer/sealed-entry.ts';
import '../support/quick-scrypt.ts';
import { jsonOf, runCli } from './run-cli.ts';

const PASSPHRASE = 'archive passphrase';
const env = { NETHSM_BACKUP_PASSPHRASE: PASSPHRASE };
const DAY = 86_400_000;
const START = Date.UTC(2024, 10, 20, 3);

let folder: string;
let archives: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archives-'));
});
after(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  archives = await mkdtemp(join(folder, 'backups-'));
});

const nameOf = (namespace: string, at: number, device = 'oslo'): string =>
  scheduledName({ namespace: namespace as typeof ROOT, device, at });

/** An archive without a key; by its name made on a schedule, unless another name is given. */
async function put(namespace: string, day: number, name?: string, domain = 'd'): Promise<string> {
  const at = START + day * DAY;
  const file = name ?? nameOf(namespace, at);
  const head = { namespace, created: new Date(at).toISOString(), device: 'oslo' };
  const writer = await createArchive(join(archives, file), head, PASSPHRASE);
  await writer.finish({ domain, release: '5.0', users: [] });
  await writer.commit();
  return file;
}

const left = async (): Promise<string[]> => (await readdir(archives)).sort();

test('archives are listed, the newest first, and one that is not whole is told', async () => {
  const [old, root] = [await put('payments', 0), await put('', 2)];
  const cut = await put('payments', 1);
  await truncate(join(archives, cut), 100);
  await writeFile(join(archives, 'notes.txt'), 'no archive');
  const result = await runCli(['archives', archives, '--json'], { env });
  assert.equal(result.code, 1);
  const { archives: listed, pruned } = jsonOf(result) as { archives: Record<string, unknown>[]; pruned: string[] };
  assert.deepEqual(pruned, []);
  assert.deepEqual(
    listed.map(({ file, namespace, verified, scheduled, keys }) => [file, namespace, verified, scheduled, keys]),
    [
      [join(archives, root), '', true, true, 0],
      [join(archives, cut), 'payments', false, true, undefined],
      [join(archives, old), 'payments', true, true, 0],
    ],
  );
  const text = (await runCli(['archives', archives], { env })).stdout;
  assert.match(text, /payments~oslo~2024-11-20T03-00-00-000Z\.nethsm-archive +payments +0 +0 .* verified/);
  assert.match(text, /✗ 3 archives, 2 verified\./);
  // The wrong passphrase opens none, and nothing is pruned by what can't be opened.
  const wrong = { NETHSM_BACKUP_PASSPHRASE: 'another passphrase' };
  const prune = await runCli(['archives', archives, '--prune', '--keep-last', '0', '--json'], { env: wrong });
  assert.equal(prune.code, 1);
  assert.equal((await left()).length, 4);
});

test('archives of another domain take no place from ours', async () => {
  const ours = [await put('payments', 0), await put('payments', 1)];
  const theirs = [2, 3].map((day) => put('payments', day, nameOf('payments', START + day * DAY, 'rome'), 'other'));
  await Promise.all(theirs);
  const { pruned } = jsonOf(await runCli(['archives', archives, '--prune', '--keep-last', '1', '--json'], { env })) as {
    pruned: string[];
  };
  const gone = [join(archives, ours[0] as string), join(archives, await (theirs[0] as Promise<string>))];
  assert.deepEqual(pruned.sort(), gone.sort());
});

test('only what a schedule made is pruned, each namespace for itself, and never the newest that is whole', async () => {
  const names = [];
  for (let day = 0; day < 4; day++) names.push(await put('payments', day));
  const others = [await put('iot', 0), await put('payments', 9, 'by-hand.nethsm-archive')];
  // Somebody else's archive under a name of ours.
  await copyFile(join(archives, others[0] as string), join(archives, nameOf('card', START)));
  const ahead = await put('payments', 36_500);
  assert.match((await runCli(['archives', archives], { env })).stdout, /verified, dated in the future\n/);
  const args = ['archives', archives, '--prune', '--keep-last', '2', '--json'];
  const { pruned } = jsonOf(await runCli(args, { env })) as { pruned: string[] };
  assert.deepEqual(pruned.sort(), [join(archives, names[0] as string), join(archives, names[1] as string)]);
  assert.equal((await left()).length, 6);
  assert.ok((await left()).includes(ahead));
  assert.deepEqual(jsonOf(await runCli(args, { env })).pruned, []);
  await truncate(join(archives, names[3] as string), 50);
  const none = await runCli(['archives', archives, '--prune', '--keep-last', '0', '--json'], { env });
  assert.deepEqual(jsonOf(none).pruned, []);
});

test('a manifest says what is kept of its namespaces, and nothing of others goes', async () => {
  const names = [await put('payments', 0), await put('payments', 1), await put('iot', 0), await put('iot', 1)];
  const manifest = join(folder, 'site.nethsm.yaml');
  await writeFile(
    manifest,
    `version: 1
devices: { oslo: { url: "https://oslo.example/api/v1" } }
namespaces: { payments: { primary: oslo, backups: { directory: ./backups, keep: { last: 1 } } } }
`,
  );
  const result = await runCli(['archives', archives, '--prune', '--manifest', manifest, '--json'], { env });
  assert.deepEqual(jsonOf(result).pruned, [join(archives, names[0] as string)]);
  assert.deepEqual(await left(), names.slice(1).sort());
});

test('to prune, one must say what is kept; a figure must be one', async () => {
  const kept = await put('payments', 0);
  for (const words of [
    ['--prune'],
    ['--keep-last', '3'],
    ['--prune', '--keep-last', 'x'],
    ['--prune', '--keep-daily', '-1'],
    ['--prune', '--keep-last', '1', '--manifest', 'm'],
  ]) {
    const { code, stderr } = await runCli(['archives', archives, ...words], { env });
    assert.equal(code, 1, words.join(' '));
    assert.match(stderr, /archives --help|--help/);
  }
  assert.deepEqual(await left(), [kept]);
});

test('pause holds namespaces in the journal until resume', async () => {
  const manifest = join(folder, 'pause.nethsm.yaml');
  await writeFile(
    manifest,
    `version: 1
devices: { oslo: { url: "https://oslo.example/api/v1" }, bergen: { url: "https://bergen.example/api/v1" } }
namespaces: { payments: { primary: oslo, replicas: [bergen] }, iot: { primary: oslo, replicas: [bergen] } }
`,
  );
  const state = join(folder, 'state');
  const cli = (verb: string, ...words: string[]) => runCli([verb, manifest, ...words, '--state', state]);
  const one = jsonOf(await cli('pause', '--namespace', 'payments', '--json')) as {
    paused: Record<string, { by: string }>;
  };
  assert.deepEqual(Object.keys(one.paused), ['payments']);
  assert.match(one.paused.payments?.by ?? '', /^cli@/);
  assert.match((await cli('pause')).stdout, /payments is paused\.\n.*iot is paused\./);
  assert.deepEqual(jsonOf(await cli('resume', '--namespace', 'iot', '--json')), { resumed: ['iot'] });
  const rest = await cli('resume');
  assert.match(rest.stdout, /payments goes on\.\n.*iot was not paused\./);
  assert.equal((await cli('pause', '--namespace', 'card')).code, 1);
  assert.ok(
    (await readFile(join(state, 'journals', (await readdir(join(state, 'journals')))[0] as string))).length > 0,
  );
});

test('one without a key takes no place from one with keys', async () => {
  const [namespace, at] = ['payments', START];
  const full = nameOf(namespace, at);
  const writer = await createArchive(
    join(archives, full),
    { namespace, created: new Date(at).toISOString(), device: 'oslo' },
    PASSPHRASE,
  );
  await writer.put(sealedKey(namespace as typeof ROOT, 'card-1' as KeyId, Buffer.alloc(40)));
  await writer.finish({ domain: 'd', release: '5.0', users: [] });
  await writer.commit();
  for (const day of [1, 2, 3]) await put(namespace, day);
  await runCli(['archives', archives, '--prune', '--keep-last', '1'], { env });
  assert.deepEqual(await left(), [
    full,
    nameOf(namespace, START + DAY),
    nameOf(namespace, START + 2 * DAY),
    nameOf(namespace, START + 3 * DAY),
  ]);
});
