/** plan, sync, status, conflicts, pause and resume, as somebody on duty uses them. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import type { SyncReport } from '../../core/replication/apply/report.ts';
import type { NamespaceStatus } from '../../core/replication/status.ts';
import { type People, peopleOf } from './keepers.ts';
import { type CliPlayground, startCliPlayground } from './playground.ts';
import { type CliOptions, type CliResult, jsonOf } from './run-cli.ts';
import { assertSecretFree, filesOf } from './secret-free.ts';

const PAYMENTS = ['--namespace', 'payments'];

let site: CliPlayground;
let people: People;
const printed: CliResult[] = [];
before(async () => {
  site = await startCliPlayground();
  people = peopleOf(site);
});
after(() => site.end());

/** Runs a verb with the passphrase of archives; its output is looked through at the end. */
async function cli(verb: string, words: readonly string[] = PAYMENTS, options: CliOptions = {}): Promise<CliResult> {
  const result = await site.cli(verb, words, { env: site.fileSecrets, ...options });
  printed.push(result);
  return result;
}
const json = async (verb: string, words: readonly string[] = PAYMENTS) => {
  const result = await cli(verb, [...words, '--json']);
  return { code: result.code, doc: jsonOf(result) as unknown as Document };
};

/** What the documents of these verbs hold between them. */
interface Document extends Pick<SyncReport, 'asked' | 'done' | 'verified' | 'steps' | 'conflicts' | 'held'> {
  devices: Record<string, { reachable: boolean }>;
  namespaces: { payments: NamespaceStatus };
  extra: unknown;
}

test('before the first run: nothing is known, and the plan says what the first run does', async () => {
  const status = await cli('status');
  assert.equal(status.code, 2);
  assert.match(status.stdout, /payments: never synchronised\n {2}bergen +never compared, lag unknown/);
  const { code, doc } = await json('plan');
  assert.equal(code, 2);
  assert.deepEqual(
    doc.steps.map(({ kind, namespace, device }) => [kind, namespace, device]),
    [
      ['establish', 'payments', 'oslo'],
      ['record', 'payments', 'bergen'],
      ['create', 'payments', 'bergen'],
      ['users', 'payments', 'bergen'],
    ],
  );
  assert.deepEqual([doc.asked, doc.done, doc.verified, doc.conflicts], [6, 0, 0, []]);
});

test('the first sync says what it did; the second that there is nothing to do; plan and status agree', async () => {
  const first = await cli('sync');
  assert.equal(first.code, 0, first.stdout + first.stderr);
  assert.match(first.stdout, /^✓ payments: 6 asked, 6 done, 6 verified\.\n/);
  assert.match(first.stdout, /create 3 keys on bergen from oslo: card-1, card-2, card-3/);
  const second = await cli('sync');
  assert.deepEqual([second.code, second.stdout], [0, '✓ payments: nothing to do.\n']);
  const { code, doc } = await json('sync');
  assert.equal(code, 0);
  assert.deepEqual(doc, {
    steps: [],
    asked: 0,
    done: 0,
    verified: 0,
    conflicts: [],
    held: [],
    extra: [],
    alarms: [],
    stopped: [],
  });
  assert.equal((await cli('plan')).code, 0);
  assert.equal((await cli('diff')).code, 0);
});

test('status as data: devices, primary, epoch, and each replica by lag, drift and runs', async () => {
  const { code, doc } = await json('status');
  assert.equal(code, 0);
  assert.deepEqual(Object.keys(doc), ['devices', 'namespaces']);
  assert.deepEqual(doc.devices.oslo, { reachable: true, state: 'Operational', release: '5.0' });
  const { primary, epoch, replicas } = doc.namespaces.payments;
  assert.deepEqual([primary, epoch, Object.keys(replicas)], ['oslo', 1, ['bergen']]);
  const { lag, missing, extra, differs, lastRun, nextRun } = replicas.bergen ?? assert.fail();
  assert.ok(lag !== null && lag >= 0 && lag < 60_000);
  assert.deepEqual([missing, extra, differs, lastRun?.ok, nextRun], [0, 0, 0, true, null]);
  const fresh = await json('status', [...PAYMENTS, '--fresh']);
  assert.deepEqual([fresh.code, fresh.doc.namespaces.payments.replicas.bergen?.lag], [0, 0]);
});

test('a clash is shown with how to decide it, is never overwritten, and is decided by a person', async () => {
  for (const device of ['oslo', 'bergen']) assert.equal(await people.make(device, 'clash', people.replicator), 201);
  assert.equal(await people.make('oslo', 'new-1'), 201);
  const sync = await cli('sync');
  assert.equal(sync.code, 5);
  assert.match(sync.stdout, /^! payments: 1 asked, 1 done, 1 verified; 1 conflict\./);
  assert.match(sync.stdout, /≠ clash \(bergen, oslo\): .* other public\./);
  assert.match(sync.stdout, /→ Decide: conflicts MANIFEST --namespace payments --resolve clash --keep D, where D is/);
  const open = await json('conflicts');
  assert.equal(open.code, 5);
  assert.deepEqual(
    open.doc.conflicts.map(({ id, kind }) => [id, kind]),
    [['clash', 'other-key']],
  );
  for (const words of [
    [...PAYMENTS, '--resolve', 'clash'],
    ['--resolve', 'clash', '--keep', 'oslo'],
    [...PAYMENTS, '--resolve', 'nobody', '--keep', 'oslo'],
  ]) {
    const { code, stderr } = await cli('conflicts', words);
    assert.ok(code === 1 || code === 4, `${code}: ${stderr}`);
    assert.match(stderr, /^Error: .*\n {2}→ /);
  }
  const { code, doc } = await json('conflicts', [...PAYMENTS, '--resolve', 'clash', '--keep', 'oslo']);
  assert.deepEqual([code, doc.asked, doc.done, doc.verified], [0, 1, 1, 1]);
  assert.equal((await cli('diff')).code, 0);
  assert.equal((await cli('conflicts')).stdout, '✓ No conflicts.\n');
});

test('what only the replica has is left alone and told; a deletion needs "propagate"', async () => {
  assert.equal(await people.remove('oslo', 'card-1'), 204);
  const kept = await cli('sync');
  assert.equal(kept.code, 0);
  assert.match(kept.stdout, /left alone on bergen, where only it has them: card-1/);
  assert.equal((await cli('status')).code, 2);
  const text = await readFile(site.manifest, 'utf8');
  await writeFile(site.manifest, text.replace('    backups:', '    deletions: propagate\n    backups:'));
  const { code, doc } = await json('plan');
  const extra = [{ namespace: 'payments', device: 'bergen', ids: ['card-1'] }];
  assert.deepEqual(
    [code, doc.steps, doc.held, doc.extra],
    [0, [], [], extra],
    'a wish, whatever the manifest says now',
  );
  const decided = await cli('conflicts', [...PAYMENTS, '--resolve', 'card-1', '--keep', 'oslo']);
  assert.equal(decided.code, 0, decided.stdout + decided.stderr);
  assert.equal(await people.remove('oslo', 'card-2'), 204);
  const sync = await cli('sync');
  assert.equal(sync.code, 0, sync.stdout);
  assert.match(sync.stdout, /delete 1 key on bergen, gone on oslo: card-2/);
});

test('an N-Administrator who appears on a replica is archived and removed; that takes the passphrase of archives', async () => {
  const intruder = { realName: 'x', role: 'Administrator', passphrase: 'long enough it is' };
  assert.equal(await people.ask('bergen', 'PUT', '/users/payments~intruder', people.replicator, intruder), 201);
  const status = await cli('status');
  assert.equal(status.code, 2);
  assert.match(status.stdout, /the replica bergen can be changed by intruder/);
  const without = await cli('sync', PAYMENTS, { env: {} });
  assert.equal(without.code, 5);
  assert.match(without.stdout, /lock bergen.*\n.*0 of 1 verified: .*NETHSM_BACKUP_PASSPHRASE/s);
  const sync = await cli('sync');
  assert.equal(sync.code, 0, sync.stdout);
  assert.match(sync.stdout, /lock bergen: .* intruder/);
  assert.equal((await cli('status')).code, 0);
});

test('paused namespaces are refused until resume', async () => {
  assert.equal((await cli('pause')).code, 0);
  const refused = await cli('sync');
  assert.equal(refused.code, 4);
  assert.match(refused.stderr, /paused it at .*\n {2}→ Run resume/);
  assert.match((await cli('status')).stdout, /paused by cli@/);
  assert.equal((await cli('resume')).code, 0);
  assert.equal((await cli('sync')).code, 0);
});

test('a device out of reach: told at once, never "done", and again well when it is back', async () => {
  people.lose('bergen');
  const status = await json('status');
  assert.equal(status.code, 1);
  assert.equal(status.doc.devices.bergen?.reachable, false);
  assert.ok((status.doc.namespaces.payments.outOfReach.bergen?.since ?? 0) > 0);
  assert.equal((await cli('roles')).code, 1);
  const sync = await cli('sync');
  assert.equal(sync.code, 1);
  assert.match(sync.stdout, /^✗ payments: nothing was done\.\n {2}‖ bergen is out of reach/);
  people.find('bergen');
  assert.equal((await cli('sync')).code, 0);
  assert.equal((await cli('status')).code, 0);
});

test('a run that is asked to stop ends, says so, and leaves nothing that the next one trips over', async () => {
  assert.equal(await people.make('oslo', 'new-2'), 201);
  const stopped = await cli('sync', PAYMENTS, {
    env: site.fileSecrets,
    interrupt: (stop) => setTimeout(stop, 400),
  });
  assert.notEqual(stopped.code, 0);
  assert.match(stopped.stderr, /^Stopping at the next safe point/);
  const next = await cli('sync');
  assert.equal(next.code, 0, next.stdout + next.stderr);
  assert.equal((await cli('diff')).code, 0);
});

test('a manifest that is wrong, a namespace that is not in it, a word too many', async () => {
  for (const [verb, words, wanted] of [
    ['sync', ['--namespace', 'nobody'], 1],
    ['plan', ['--namespace', 'pay ments'], 1],
    ['status', ['word'], 1],
    ['roles', ['--namespace', 'payments', '--root'], 1],
  ] as const) {
    const { code, stdout, stderr } = await cli(verb, words);
    assert.deepEqual([code, stdout], [wanted, ''], stderr);
    assert.match(stderr, /^Error: .*\n {2}→ /);
  }
});

test('no secret stands in anything that was printed or left in the state folder', async () => {
  for (const { stdout, stderr } of printed) assertSecretFree(site.secrets, stdout + stderr, 'the output');
  for (const file of await filesOf(site.state)) {
    assertSecretFree(site.secrets, await readFile(file, 'latin1'), file);
  }
});
