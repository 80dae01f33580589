/** Other users of the machine: what we write is the owner's alone, and no secret goes by the command line. */
import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { VERBS } from '../../cli/verbs.ts';
import { type CliPlayground, startCliPlayground } from '../cli/playground.ts';

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
