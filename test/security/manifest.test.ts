/** A manifest from somebody else: it can't read what it likes, run what it likes, or send a secret where it likes. */
import assert from 'node:assert/strict';
import { access, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runCli } from '../cli/run-cli.ts';
import { json, startServer, type TestServer } from '../device/support.ts';

let folder: string;
let home: string;
let server: TestServer;
const OUTSIDE = 'a-secret-from-elsewhere';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ill-manifest-'));
  home = join(folder, 'home');
  await mkdir(home);
  await writeFile(join(folder, 'outside'), OUTSIDE);
  await symlink('../outside', join(home, 'link'));
  server = await startServer((_, response) => json(response, 200, [{ id: 'k1' }]));
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs an inventory by a manifest whose only secret comes from where `passphrase` says. */
async function inventory(passphrase: string, more: { tls?: string; words?: string[]; url?: string } = {}) {
  const file = join(home, 'ill.nethsm.yaml');
  await writeFile(
    file,
    `version: 1
devices:
  oslo:
    url: ${more.url ?? server.url}
    ${more.tls ?? ''}
    credentials: { administrator: { user: admin, passphrase: ${passphrase} } }
root: { primary: oslo }
`,
  );
  server.seen.length = 0;
  const state = join(folder, 'state');
  return runCli(['inventory', file, '--root', '--state', state, '--trust-new-devices', ...(more.words ?? [])]);
}
const sent = (): string =>
  server.seen.map(({ headers }) => Buffer.from((headers.authorization ?? '').replace('Basic ', ''), 'base64')).join();

test('secrets and certificates outside the folder of the manifest are not read, also through a link', async () => {
  for (const path of ['../outside', join(folder, 'outside'), './link', '/proc/self/environ', '/dev/stdin']) {
    const { code, stderr } = await inventory(`{ file: ${path} }`);
    assert.equal(code, 4, `${path}: ${stderr}`);
    assert.match(stderr, /outside its own folder[\s\S]*--allow-commands/);
    assert.deepEqual(server.seen, []);
  }
  const { code, stderr } = await inventory('{ env: X }', {
    tls: 'tls: { ca: ../outside }',
    url: 'https://127.0.0.1:1/api/v1',
  });
  assert.equal(code, 4, stderr);
  assert.ok(!stderr.includes(OUTSIDE));
});

test('with --allow-commands it is read and goes to the confirmed device only', async () => {
  const { code, stdout, stderr } = await inventory('{ file: ../outside }', { words: ['--allow-commands'] });
  assert.notEqual(code, 4, stderr);
  assert.match(sent(), new RegExp(`admin:${OUTSIDE}`));
  assert.ok(!(stdout + stderr).includes(OUTSIDE));
});

test('no command of a manifest runs, and none by a shell when it is allowed', async () => {
  const ran = join(folder, 'ran');
  const touch = `{ command: [${process.execPath}, -e, "require('fs').writeFileSync('${ran}', '')"] }`;
  assert.equal((await inventory(touch)).code, 4);
  await assert.rejects(access(ran));
  assert.deepEqual(server.seen, []);
  const shell = `{ command: ["echo x; touch ${ran}"] }`;
  assert.notEqual((await inventory(shell, { words: ['--allow-commands'] })).code, 0);
  await assert.rejects(access(ran));
});

test('validating a manifest asks nobody, reads nothing else and runs nothing', async () => {
  const ran = join(folder, 'ran-too');
  await inventory(`{ command: [touch, ${ran}] }`);
  server.seen.length = 0;
  const { code } = await runCli(['validate', join(home, 'ill.nethsm.yaml')]);
  assert.equal(code, 0);
  await assert.rejects(access(ran));
  assert.deepEqual(server.seen, []);
});

test('a manifest that names another address for a known device gets nothing of its secrets', async () => {
  assert.notEqual((await inventory('{ env: PATH }')).code, 4, 'the device is confirmed now');
  const other = await startServer((_, response) => json(response, 200, []));
  try {
    const file = join(home, 'ill.nethsm.yaml');
    await writeFile(
      file,
      `version: 1\ndevices:\n  oslo:\n    url: ${other.url}\n    credentials: { administrator: { user: admin } }\nroot: { primary: oslo }\n`,
    );
    const env = { NETHSM_OSLO_ADMINISTRATOR: 'adminadminadmin' };
    const { code, stderr } = await runCli(['inventory', file, '--root', '--state', join(folder, 'state')], { env });
    assert.equal(code, 4, stderr);
    assert.match(stderr, /never confirmed; nothing was sent/);
    assert.deepEqual(other.seen, []);
  } finally {
    await other.close();
  }
});
