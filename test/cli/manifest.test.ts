import assert from 'node:assert/strict';
import { access, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isProblem } from '../../core/problem.ts';
import { manifestPath } from '../../core/sessions/manifest-path.ts';
import { jsonOf, runCli } from './run-cli.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-manifest-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const manifest = async (text: string): Promise<string> => {
  const file = join(folder, 'site.nethsm.yaml');
  await writeFile(file, text);
  return file;
};
const state = () => ['--state', join(folder, 'state')];
const ONE = (more: string, url = 'http://127.0.0.1:1/api/v1') => `version: 1
devices:
  oslo:
    url: ${url}
${more}namespaces:
  payments: { primary: oslo, replicas: [bergen] }
`;

test('an invalid manifest: the findings with their places, exit code 3', async () => {
  const file = await manifest('version: 1\ndevices:\n  oslo: { uri: x }\n');
  const validated = await runCli(['validate', file, '--json']);
  assert.equal(validated.code, 3);
  const [first] = jsonOf(validated).diagnostics as Record<string, unknown>[];
  assert.deepEqual(Object.keys(first ?? {}), ['file', 'line', 'column', 'severity', 'code', 'message']);
  assert.equal(first?.file, file);
  assert.equal(first?.line, 3);
  const other = await runCli(['inventory', file, '--root', ...state()]);
  assert.equal(other.code, 3);
  assert.match(other.stderr, /site\.nethsm\.yaml:3:\d+: /);
});

test('a missing manifest is no crash', async () => {
  const { code, stderr } = await runCli(['validate', join(folder, 'none.yaml')]);
  assert.equal(code, 1);
  assert.match(stderr, /none\.yaml: no such file or folder\.\n {2}→ Check the path/);
});

test('http beyond this machine is no valid manifest', async () => {
  const file = await manifest(ONE('', 'http://nethsm.example/api/v1'));
  assert.equal((await runCli(['validate', file])).code, 3);
});

test('a device that does not answer is named, with a remedy', async () => {
  const file = await manifest(`version: 1
devices:
  oslo: { url: http://127.0.0.1:1/api/v1, credentials: { administrator: { user: admin } } }
  bergen: { url: http://127.0.0.1:2/api/v1, credentials: { administrator: { user: admin } } }
namespaces:
  payments: { primary: oslo, replicas: [bergen] }
`);
  const env = { NETHSM_OSLO_ADMINISTRATOR: 'adminadminadmin', NETHSM_PAYMENTS_NAMESPACE_ADMINISTRATOR: 'replicator1' };
  const words = ['inventory', file, '--namespace', 'payments', '--trust-new-devices', ...state()];
  const { code, stderr } = await runCli(words, { env });
  assert.equal(code, 1);
  assert.match(stderr, /oslo[\s\S]*nothing answers at this address[\s\S]*→ Check the address/);
  const unset = await runCli(words, { env: {} });
  assert.match(unset.stderr, /NETHSM_PAYMENTS_NAMESPACE_ADMINISTRATOR/);
});

const refused = (error: unknown): boolean => isProblem(error, 'refused') && /--allow-commands/.test(error.remedy);

test('files outside the folder of the manifest are refused, also through links', async () => {
  await writeFile(join(folder, 'inside'), 'x');
  await symlink('/etc/hostname', join(folder, 'link'));
  assert.equal(await manifestPath(folder, './inside', false), join(folder, 'inside'));
  assert.equal(await manifestPath(folder, './not-there-yet', false), join(folder, 'not-there-yet'));
  for (const path of ['../other', '/etc/passwd', './link', 'a/../../b']) {
    await assert.rejects(manifestPath(folder, path, false), refused, path);
    await assert.doesNotReject(manifestPath(folder, path, true));
  }
});

test('commands of a manifest run only when allowed', async () => {
  const file = await manifest(`version: 1
devices:
  oslo:
    url: http://127.0.0.1:1/api/v1
    credentials: { administrator: { user: admin, passphrase: { command: [touch, ${join(folder, 'ran')}] } } }
  bergen: { url: http://127.0.0.1:2/api/v1 }
root: { primary: oslo, replicas: [bergen] }
`);
  const { code, stderr } = await runCli(['inventory', file, '--root', '--trust-new-devices', ...state()]);
  assert.equal(code, 4, stderr);
  assert.match(stderr, /run a command[\s\S]*--allow-commands/);
  await assert.rejects(access(join(folder, 'ran')));
});
