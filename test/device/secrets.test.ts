import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaultVariable, resolveSecret, type SecretSource, variableCollisions } from '../../core/device/secrets.ts';
import { stateFolder } from '../../core/device/state-folder.ts';
import { isProblem, type ProblemKind } from '../../core/problem.ts';

const node = process.execPath;
const options = { env: { PATH: process.env.PATH, OSLO: 'from env', EMPTY: '' }, allowCommands: true };
const script = (text: string): SecretSource => ({ command: [node, '-e', text] });

function file(content: string | Buffer): SecretSource {
  const path = join(mkdtempSync(join(tmpdir(), 'secret-')), 'secret');
  writeFileSync(path, content);
  return { file: path };
}

async function refused(source: SecretSource, kind: ProblemKind, cause: RegExp, more: object = {}): Promise<void> {
  await assert.rejects(resolveSecret(source, { ...options, ...more }), (error) => {
    assert.ok(isProblem(error, kind), String(error));
    assert.match(error.message, cause);
    assert.doesNotMatch(`${error.stack} ${String(error.cause)}`, /hush/);
    return true;
  });
}

test('a secret comes from a variable, a file or a command, without one newline at its end', async () => {
  assert.equal(await resolveSecret({ env: 'OSLO' }, options), 'from env');
  assert.equal(await resolveSecret(file('two words\n'), options), 'two words');
  assert.equal(await resolveSecret(file('windows\r\n'), options), 'windows');
  assert.equal(await resolveSecret(file('kept \n\n'), options), 'kept \n');
  assert.equal(await resolveSecret(file('ünïcode'), options), 'ünïcode');
  assert.equal(await resolveSecret(script('console.log("from command")'), options), 'from command');
});

test('a command gets its arguments as they are, by no shell', async () => {
  const source = { command: [node, '-e', 'process.stdout.write(process.argv[1])', '$(id); `id` "x" *'] };
  assert.equal(await resolveSecret(source, options), '$(id); `id` "x" *');
});

test('what is absent, empty or too long is told, without a word of it', async () => {
  await refused({ env: 'NONE' }, 'unreadable', /NONE.*not set/);
  await refused({ env: 'EMPTY' }, 'unreadable', /EMPTY.*empty/);
  await refused({ file: '/nowhere/at/all' }, 'unreadable', /ENOENT/);
  await refused(file('\n'), 'unreadable', /empty/);
  await refused(file('hush'.repeat(1100)), 'unreadable', /more than 4096 bytes/);
  await refused({ command: [] }, 'unreadable', /empty/);
  await refused({ command: ['/nowhere/at/all'] }, 'unreadable', /did not start/);
  await refused(script('console.log("hush"); console.error("hush"); process.exit(3)'), 'unreadable', /code 3/);
  await refused(script('process.stdout.write("hush".repeat(100000))'), 'unreadable', /too much/);
});

test('a command that hangs is ended; cancelling ends it too', async () => {
  const hanging = script('setInterval(() => {}, 1000)');
  await refused(hanging, 'unreadable', /did not end within 0.2 s/, { commandTimeout: 200 });
  await refused(hanging, 'cancelled', /./, { signal: AbortSignal.timeout(50) });
});

test('a command does not run unless commands are allowed', () =>
  refused(script('console.log("x")'), 'refused', /--allow-commands/, { allowCommands: false }));

test('names of variables', () => {
  for (const [owner, credential, name] of [
    ['bergen', 'administrator', 'NETHSM_BERGEN_ADMINISTRATOR'],
    ['bergen', 'backupPassphrase', 'NETHSM_BERGEN_BACKUP_PASSPHRASE'],
    ['bergen', 'unlockPassphrase', 'NETHSM_BERGEN_UNLOCK_PASSPHRASE'],
    ['payments', 'namespaceAdministrator', 'NETHSM_PAYMENTS_NAMESPACE_ADMINISTRATOR'],
    ['oslo-2.dc', 'metrics', 'NETHSM_OSLO_2_DC_METRICS'],
  ] as const) {
    assert.equal(defaultVariable(owner, credential), name);
  }
});

test('names that collide are found, and only they', () => {
  const secrets = [
    { owner: 'a-b', credential: 'backup' },
    { owner: 'a.b', credential: 'backup' },
    { owner: 'a', credential: 'backup' },
    { owner: 'a_backup', credential: 'passphrase' },
    { owner: 'a', credential: 'backupPassphrase' },
  ];
  assert.deepEqual(variableCollisions(secrets), [
    { variable: 'NETHSM_A_B_BACKUP', secrets: secrets.slice(0, 2) },
    { variable: 'NETHSM_A_BACKUP_PASSPHRASE', secrets: secrets.slice(3) },
  ]);
});

test('the state folder of each platform', () => {
  assert.equal(stateFolder({ HOME: '/home/a' }, 'linux'), '/home/a/.local/state/nethsm-replication');
  assert.equal(stateFolder({ HOME: '/home/a', XDG_STATE_HOME: '/s' }, 'linux'), '/s/nethsm-replication');
  assert.equal(
    stateFolder({ HOME: '/home/a', XDG_STATE_HOME: 's' }, 'linux'),
    '/home/a/.local/state/nethsm-replication',
  );
  assert.equal(stateFolder({ HOME: '/Users/a' }, 'darwin'), '/Users/a/Library/Application Support/nethsm-replication');
  assert.equal(stateFolder({ LOCALAPPDATA: 'C:\\Local' }, 'win32'), 'C:\\Local\\nethsm-replication');
  assert.equal(stateFolder({ USERPROFILE: 'C:\\a' }, 'win32'), 'C:\\a\\AppData\\Local\\nethsm-replication');
  for (const platform of ['linux', 'darwin', 'win32'] as const)
    assert.throws(() => stateFolder({}, platform), RangeError);
});
