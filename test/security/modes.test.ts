/** Other users of the machine: what we write is the owner's alone, and no secret goes by the command line. */
import assert from 'node:assert/strict';
import { chmod, chown, mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { VERBS } from '../../cli/verbs.ts';
import { othersWhoRead } from '../../core/sessions/secret-files.ts';
import { type CliPlayground, startCliPlayground } from '../cli/playground.ts';
import { jsonOf } from '../cli/run-cli.ts';

const posix = process.platform !== 'win32';
let site: CliPlayground;
let umask: number;
before(async () => {
  umask = process.umask(0);
  site = await startCliPlayground();
});
after(async () => {
  process.umask(umask);
  await site.end();
});

test('every file and folder that is left behind is closed to others, whatever the umask', {
  skip: !posix,
}, async () => {
  const NAMESPACE = ['--namespace', 'payments'];
  const archive = join(site.folder, 'a.nethsm-archive');
  for (const [verb, ...words] of [
    ['backup', ...NAMESPACE, '--out', archive],
    ['restore', ...NAMESPACE, '--from', archive, '--device', 'bergen', '--users'],
    ['backup-device', '--device', 'oslo', '--out', join(site.folder, 'whole.bin')],
    ['doctor'],
  ] as const) {
    const { code, stderr } = await site.cli(verb, words);
    assert.equal(code, 0, stderr);
  }
  const entries = await readdir(site.folder, { recursive: true, withFileTypes: true });
  const names = entries.map(({ name }) => name);
  for (const name of ['a.nethsm-archive', 'whole.bin', 'known-devices.json', 'device-backups'])
    assert.ok(names.includes(name), name);
  for (const { parentPath, name } of entries) {
    const path = join(parentPath, name);
    assert.equal((await stat(path)).mode & 0o077, 0, path);
  }
});

test('no option takes a secret: a command line is seen by everybody on the machine', async () => {
  for (const [name, { load }] of Object.entries(VERBS)) {
    const { verb } = await load();
    for (const option of Object.keys(verb.options)) {
      assert.doesNotMatch(option, /pass|secret|token|credential/i, `${name} --${option}`);
    }
  }
});

test('a file of a secret counts as open to others only where they can come to it', { skip: !posix }, async () => {
  const folder = join(site.folder, 'secret-files');
  const file = join(folder, 'passphrase');
  await mkdir(folder);
  await writeFile(file, 'hunter2');
  await symlink(file, join(site.folder, 'link'));
  const group = process.getgid?.() || 1_000;
  const look = async (fileMode: number, folderMode: number, [ofFile, ofFolder] = [group, group]) => {
    await chown(file, process.getuid?.() ?? 0, ofFile);
    await chown(folder, process.getuid?.() ?? 0, ofFolder);
    await chmod(file, fileMode);
    await chmod(folder, folderMode);
    return othersWhoRead(join(site.folder, 'link'));
  };
  assert.equal(await look(0o600, 0o755), undefined);
  assert.equal(await look(0o604, 0o700), 'everybody');
  assert.equal(await look(0o440, 0o700), undefined);
  assert.equal(await look(0o440, 0o750), 'its group');
  assert.equal(await look(0o440, 0o701), 'its group');
  if (process.getuid?.() === 0) {
    assert.equal(await look(0o440, 0o750, [group, group + 1]), undefined, 'that group can not enter');
    assert.equal(await look(0o440, 0o750, [0, 0]), undefined, 'as systemd shows its access control lists');
  }
  assert.equal(await othersWhoRead(join(folder, 'none')), undefined);
  await chmod(file, 0o644);
  assert.equal(await othersWhoRead(file, 'win32'), undefined);
});

test('a file of a secret that others can read is warned of once, and doctor names it', { skip: !posix }, async () => {
  // Both devices take their administrator's passphrase from it.
  const file = join(site.folder, 'secrets', 'administrator');
  assert.doesNotMatch((await site.cli('roles')).stderr, /can read/);
  await chmod(file, 0o644);
  try {
    const result = await site.cli('doctor', ['--json']);
    const { stderr, stdout } = result;
    assert.equal(stderr.split('holds a secret, and everybody can read it').length, 2, stderr);
    assert.doesNotMatch(stdout, /holds a secret/);
    const { here } = jsonOf(result) as {
      here: { check: string; ok: boolean; detail: string }[];
    };
    const found = here.find(({ check }) => check === 'secret-files');
    assert.deepEqual([found?.ok, found?.detail.includes(file)], [false, true]);
  } finally {
    await chmod(file, 0o600);
  }
});
