import assert from 'node:assert/strict';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadManifest } from '../../cli/manifest.ts';
import { controllerName, withReplication } from '../../cli/replication.ts';
import type { Run } from '../../cli/run.ts';
import { readState } from '../../core/device/health.ts';
import { openKnownDevices } from '../../core/device/known-devices.ts';
import { LOOPBACK_PIN } from '../../core/device/trust.ts';
import { type Namespace, ROOT } from '../../core/names.ts';
import { isProblem, type ProblemKind } from '../../core/problem.ts';
import type { Context } from '../../core/replication/context.ts';
import { type CliPlayground, startCliPlayground } from './playground.ts';

const payments = 'payments' as Namespace;

let site: CliPlayground;
before(async () => {
  site = await startCliPlayground(['oslo', 'bergen'], { fresh: true });
});
after(() => site.end());

const withEnv = (env: NodeJS.ProcessEnv): Run => ({ ...site.run, around: { ...site.run.around, env }, note: () => {} });
const kind = (wanted: ProblemKind) => (error: unknown) => isProblem(error, wanted);

test('work gets policies, sessions, a journal of the manifest, folders and a passphrase that is fetched once', async () => {
  const run = withEnv({ NETHSM_BACKUP_PASSPHRASE: 'a long passphrase' });
  const loaded = await loadManifest(run, site.manifest);
  const seen = await withReplication(run, loaded, [payments, ROOT], async (ctx, [first, second]) => {
    assert.deepEqual([first.namespace, second.namespace], [payments, ROOT]);
    assert.equal(await readState(ctx.session('bergen').node), 'Operational');
    assert.throws(() => ctx.session('tromso'), kind('bad-manifest'));
    assert.match(ctx.controller, /^cli@[A-Za-z0-9._-]+$/);
    assert.equal(ctx.random(5).length, 5);
    assert.equal(ctx.archives, join(site.state, 'archives'));
    const asked = ctx.archivePassphrase();
    assert.equal(ctx.archivePassphrase(), asked);
    assert.equal(await asked, 'a long passphrase');
    ctx.journal.putDone('backup payments', 7);
    return ctx.journal.file;
  });
  assert.equal((await stat(seen)).mode & 0o777, 0o600);
  await withReplication(run, loaded, [ROOT], async ({ journal }) => {
    assert.equal(journal.file, seen);
    assert.equal(journal.lastDone('backup payments'), 7);
  });
  // Closed, it leaves nothing beside it.
  assert.deepEqual(await readdir(join(site.state, 'journals')), [seen.split('/').at(-1)]);
});

test('a passphrase that is missing or too short is refused when it is needed', async () => {
  const loaded = await loadManifest(site.run, site.manifest);
  for (const [env, wanted] of [
    [{}, 'unauthorised'],
    [{ NETHSM_BACKUP_PASSPHRASE: 'short' }, 'refused'],
  ] as const) {
    await withReplication(withEnv(env), loaded, [payments], (ctx) =>
      assert.rejects(ctx.archivePassphrase(), kind(wanted)),
    );
  }
});

test('a device that does not answer has its session, and says so when it is asked', async () => {
  const text = await readFile(site.manifest, 'utf8');
  const manifest = join(site.folder, 'half.nethsm.yaml');
  await writeFile(manifest, text.replace(site.places[1]?.nodes[0]?.url ?? '-', 'http://127.0.0.1:9/api/v1'));
  const loaded = await loadManifest(site.run, manifest);
  await withReplication(site.run, loaded, [payments], async (ctx) => {
    assert.equal(await readState(ctx.session('oslo').node), 'Operational');
    await assert.rejects(readState(ctx.session('bergen').node), kind('unreachable'));
  });
});

test('where devices are only asked for, one that nobody confirmed stops no other, and may be confirmed later', async () => {
  const run: Run = { ...site.run, trustNewDevices: false, stateFolder: () => join(site.folder, 'new'), note: () => {} };
  const loaded = await loadManifest(run, site.manifest);
  const nothing = async () => {};
  await assert.rejects(withReplication(run, loaded, [payments], nothing), kind('untrusted'));
  const look = async ({ session }: Context) => {
    for (const name of ['oslo', 'bergen']) await assert.rejects(readState(session(name).node), kind('untrusted'));
    const origin = new URL(site.places[0]?.nodes[0]?.url ?? '-').origin;
    await openKnownDevices(join(run.stateFolder(), 'known-devices.json')).confirm(origin, LOOPBACK_PIN);
    assert.equal(await readState(session('oslo').node), 'Operational');
    await assert.rejects(readState(session('bergen').node), kind('untrusted'));
  };
  await withReplication(run, loaded, [payments], look, { unconfirmed: 'ask' });
});

test('a damaged journal is told, and a folder of backups outside that of the manifest needs leave', async () => {
  const notes: string[] = [];
  const run: Run = { ...site.run, note: (...lines) => void notes.push(...lines) };
  const text = await readFile(site.manifest, 'utf8');
  const manifest = join(site.folder, 'outside.nethsm.yaml');
  await writeFile(manifest, text.replace('directory: ./backups', 'directory: /srv/elsewhere'));
  const loaded = await loadManifest(run, manifest);
  await assert.rejects(
    withReplication(run, loaded, [payments], async () => {}),
    kind('refused'),
  );
  const allowed = { ...run, allowCommands: true };
  const file = await withReplication(allowed, loaded, [payments], async ({ journal }, [policy]) => {
    assert.equal(policy.backups?.directory, '/srv/elsewhere');
    return journal.file;
  });
  assert.deepEqual(notes, []);
  await writeFile(file, 'x'.repeat(9000));
  await withReplication(allowed, loaded, [payments], async () => {});
  assert.match(notes.join('\n'), /journal .* is damaged\. It was put aside as /);
});

test('who works is named in plain characters, however the host is called', () => {
  assert.equal(controllerName('cli', 'host-1.example'), 'cli@host-1.example');
  assert.equal(controllerName('cli', 'Größe von\n7~'), 'cli@Gr--e-von-7-');
  assert.equal(controllerName('cli', 'x'.repeat(200)).length, 64);
});
