import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { MANIFEST_NAME, writePlayground } from '../../practice/playground/layout.ts';
import { type CliPlayground, startCliPlayground } from './playground.ts';
import { type CliOptions, runCli } from './run-cli.ts';

let site: CliPlayground;
before(async () => {
  site = await startCliPlayground(['oslo'], { tls: true });
});
after(() => site.end());

const inventory = (state: string, options: CliOptions = {}, ...more: string[]) =>
  runCli(
    ['inventory', site.manifest, '--namespace', 'payments', '--state', join(site.folder, state), ...more],
    options,
  );
const known = async (state: string): Promise<Record<string, string>> =>
  JSON.parse(await readFile(join(site.folder, state, 'known-devices.json'), 'utf8')).devices;
const writes = (): number | undefined => site.devices[0]?.node.metrics.kvWrite;
/** Log-ins that the device saw: none may come from an address that nobody confirmed. */
const usersSeen = (): number => site.devices[0]?.node.users.size ?? -1;

test('without a terminal a new device is refused, with what to do; nothing is sent', async () => {
  site.devices[0]?.node.users.clear();
  const before = [writes(), usersSeen()];
  const { code, stderr } = await inventory('s1');
  assert.equal(code, 4);
  assert.match(stderr, /was never confirmed; nothing was sent/);
  assert.match(stderr, /--trust-new-devices/);
  assert.deepEqual([writes(), usersSeen()], before);
  await assert.rejects(known('s1'));
});

test('on a terminal it is shown and asked for: no is a refusal, yes is remembered', async () => {
  const no = await inventory('s2', { tty: true, answers: [[/\[y\/N\]/, 'n']] });
  assert.equal(no.code, 4);
  assert.ok(no.stderr.includes(`with the public key ${site.devices[0]?.pin}`));
  await assert.rejects(known('s2'));
  const yes = await inventory('s2', { tty: true, answers: [[/\[y\/N\]/, 'y']] });
  assert.equal(yes.code, 0, yes.stderr);
  assert.deepEqual(Object.values(await known('s2')), [site.devices[0]?.pin]);
  assert.equal((await inventory('s2')).code, 0, 'it is asked once');
});

test('--trust-new-devices accepts a new device, and says so', async () => {
  const { code, stderr } = await inventory('s3', {}, '--trust-new-devices');
  assert.equal(code, 0);
  assert.match(stderr, /New device oslo at https:.*: accepted/);
});

test('a changed key is refused even with --trust-new-devices, and asked for with a warning on a terminal', async () => {
  const device = site.devices[0];
  assert.equal((await inventory('s4', {}, '--trust-new-devices')).code, 0);
  device?.nodes[0]?.renewCertificate();
  const [place] = site.places;
  const nodes = [{ url: device?.url ?? '', pin: device?.pin ?? '' }];
  await writePlayground(site.folder, [{ name: place?.name ?? '', nodes }], site.secrets);
  assert.ok(site.manifest.endsWith(MANIFEST_NAME));
  const refused = await inventory('s4', {}, '--trust-new-devices');
  assert.equal(refused.code, 4);
  assert.match(refused.stderr, /another one was confirmed before; nothing was sent/);
  const asked = await inventory('s4', { tty: true, answers: [[/CAUTION[\s\S]*\[y\/N\]/, 'yes']] });
  assert.equal(asked.code, 0, asked.stderr);
  assert.equal((await inventory('s4')).code, 0);
});

test('a passphrase that is nowhere else is asked for without showing it', async () => {
  const text = await readFile(site.manifest, 'utf8');
  await writeFile(site.manifest, text.replace(', passphrase: { file: ./secrets/replicator }', ''));
  const { replicator } = site.secrets;
  const question = /passphrase of payments~replicator.*\(NETHSM_PAYMENTS_NAMESPACE_ADMINISTRATOR\): /;
  const asked = await inventory('s4', { tty: true, answers: [[question, replicator]] });
  assert.equal(asked.code, 0, asked.stderr);
  assert.ok(!(asked.stdout + asked.stderr).includes(replicator));
  const both = await inventory('s5', {
    tty: true,
    answers: [
      [/\[y\/N\]/, 'y'],
      [question, replicator],
    ],
  });
  assert.equal(both.code, 0, both.stderr);
  assert.ok(!(both.stdout + both.stderr).includes(replicator), 'a question before it changes nothing');
  const named = await inventory('s4', { env: { NETHSM_PAYMENTS_NAMESPACE_ADMINISTRATOR: replicator } });
  assert.equal(named.code, 0);
  const nowhere = await inventory('s4');
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.stderr, /Set NETHSM_PAYMENTS_NAMESPACE_ADMINISTRATOR/);
  await writeFile(site.manifest, text);
});

test('a cluster works through the first node that answers', async () => {
  const text = await readFile(site.manifest, 'utf8');
  const address = /url: (\S+)\n\s+tls: (\{.*\})/.exec(text);
  const down = '{ url: "https://127.0.0.1:1/api/v1" }';
  const up = `{ url: "${address?.[1]}", tls: ${address?.[2]} }`;
  await writeFile(site.manifest, text.replace(address?.[0] ?? '', `nodes: [${down}, ${up}]`));
  const { code, stderr } = await inventory('s4');
  assert.equal(code, 0, stderr);
  assert.match(stderr, /127\.0\.0\.1:1\/api\/v1 does not answer; its other nodes do/);
  await writeFile(site.manifest, text.replace(address?.[0] ?? '', `nodes: [${down}]`));
  assert.equal((await inventory('s4')).code, 1);
  await writeFile(site.manifest, text);
});

test('without a home folder only what needs one fails, and says how to go on', async () => {
  const env = { HOME: undefined };
  assert.equal((await runCli(['validate', site.manifest], { env })).code, 0);
  const { code, stderr } = await runCli(['inventory', site.manifest, '--namespace', 'payments'], { env });
  assert.equal(code, 1);
  assert.match(stderr, /say --state DIR/);
});

test('a node that is not whom the manifest asks for ends the run, whatever the others are', async () => {
  const text = await readFile(site.manifest, 'utf8');
  const address = /url: (\S+)\n\s+tls: (\{.*\})/.exec(text);
  const own = `{ url: "${address?.[1]}", tls: ${address?.[2]} }`;
  const elsewhere = address?.[1]?.replace('127.0.0.1', 'localhost');
  const other = `{ url: "${elsewhere}", tls: { pins: ["sha256:${'0'.repeat(64)}"] } }`;
  for (const nodes of [`${other}, ${own}`, `${own}, ${other}`]) {
    await writeFile(site.manifest, text.replace(address?.[0] ?? '', `nodes: [${nodes}]`));
    const { code, stderr } = await inventory('s4');
    assert.equal(code, 4, stderr);
    assert.match(stderr, /none of the configured pins; nothing was sent/);
  }
  await writeFile(site.manifest, text);
});
