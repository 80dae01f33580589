/** roles, promote, rejoin, break-glass and doctor, as somebody on duty uses them. */
import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { formatRecord } from '../../core/replication/roles/record.ts';
import { type People, peopleOf } from './keepers.ts';
import { type CliPlayground, startCliPlayground } from './playground.ts';
import { type CliOptions, type CliResult, jsonOf } from './run-cli.ts';
import { assertSecretFree, filesOf } from './secret-free.ts';

const PAYMENTS = ['--namespace', 'payments'];
const to = (device: string, ...words: string[]): string[] => [...PAYMENTS, '--device', device, ...words];

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
const manifest = (): Promise<string> => readFile(site.manifest, 'utf8');
const primaryOf = async (): Promise<string | undefined> => /payments:\n +primary: (\w+)/.exec(await manifest())?.[1];

test('before the first sync there is no role to exchange', async () => {
  const roles = await cli('roles');
  assert.equal(roles.code, 0);
  assert.match(roles.stdout, /^payments: no role record yet/);
  const { code, stderr } = await cli('promote', to('bergen'));
  assert.ok(code === 4 || code === 1, `${code}`);
  assert.match(stderr, /^Error: .*\n {2}→ /);
  assert.equal(await primaryOf(), 'oslo');
  assert.equal((await cli('sync')).code, 0);
});

test('a switchover: the keeper moves, the manifest follows, and again there is nothing to do', async () => {
  assert.equal(await people.make('oslo', 'last-minute'), 201);
  const result = await cli('promote', to('bergen', '--json'));
  assert.equal(result.code, 0, result.stderr);
  const { namespace, epoch, primary, fenced, lost } = jsonOf(result);
  assert.deepEqual(
    { namespace, epoch, primary, fenced, lost },
    { namespace: 'payments', epoch: 2, primary: 'bergen', fenced: ['oslo'], lost: [] },
  );
  assert.equal(await primaryOf(), 'bergen');
  assert.match(await manifest(), /replicas: \[oslo\]/);
  assert.deepEqual([await people.make('bergen', 'night-1'), await people.make('oslo', 'night-2')], [201, 401]);
  const again = await cli('promote', to('bergen'));
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stdout, /bergen was primary already/);
  assert.equal(again.stderr, '', 'a manifest that is right is not talked about');
});

test('roles as data, and by whom they were made', async () => {
  const { payments } = jsonOf(await cli('roles', [...PAYMENTS, '--json'])).namespaces as Record<string, Roles>;
  assert.deepEqual(
    [payments?.namespace, payments?.epoch, payments?.primary, payments?.fenced, payments?.agrees],
    ['payments', 2, 'bergen', ['oslo'], true],
  );
  const { stdout } = await cli('roles');
  assert.match(stdout, /bergen +primary, epoch 2 since \S+ by cli@\S+, keepers: keeper\n/);
  assert.match(stdout, /oslo +replica, epoch 2 since \S+ by cli@\S+, no keepers\n/);
});

interface Roles {
  namespace: string;
  epoch: number;
  primary: string | null;
  fenced: string[];
  agrees: boolean;
}

test('the record rules, not the manifest: everything says so and nothing is moved', async () => {
  const right = await manifest();
  const wrong = right.replace('primary: bergen', 'primary: oslo').replace('replicas: [oslo]', 'replicas: [bergen]');
  await writeFile(site.manifest, wrong);
  for (const verb of ['sync', 'plan', 'status', 'roles']) {
    const { code, stdout, stderr } = await cli(verb);
    assert.equal(code, 4, `${verb}: ${stdout}${stderr}`);
    assert.match(stdout + stderr, /manifest says (primary )?oslo.*record/s, verb);
  }
  await writeFile(site.manifest, right);
  assert.equal((await cli('sync')).code, 0);
});

test('a manifest that can not be written is told, and is no failure: the roles were exchanged', async (t) => {
  if (process.getuid?.() === 0) return t.skip('root may write everywhere');
  await chmod(site.folder, 0o500);
  try {
    const { code, stderr } = await cli('promote', to('oslo'));
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Edit .* by hand to name oslo as primary/);
  } finally {
    await chmod(site.folder, 0o700);
  }
  assert.equal((await cli('promote', to('oslo'))).code, 0);
  assert.equal(await primaryOf(), 'oslo');
  assert.equal((await cli('promote', to('bergen'))).code, 0);
});

test('a failover is refused while the primary answers; words that do not fit are refused at once', async () => {
  const { code, stderr } = await cli('promote', to('oslo', '--failover'));
  assert.equal(code, 4);
  assert.match(stderr, /bergen: it answers.*\n {2}→ Promote oslo without --failover/);
  const words = await cli('promote', to('oslo', '--accept-loss'));
  assert.match(words.stderr, /--accept-loss goes with --failover/);
  const nobody = await cli('promote', to('tromso'));
  assert.notEqual(nobody.code, 0);
  assert.match(nobody.stderr, /^Error: .*tromso.*\n {2}→ /);
});

test('a lost primary: a switchover says what else there is; a failover says what it may cost, and goes on', async () => {
  assert.equal((await cli('sync')).code, 0);
  assert.equal(await people.make('bergen', 'alone'), 201);
  people.lose('bergen');
  const planned = await cli('promote', to('oslo'));
  assert.equal(planned.code, 1);
  assert.match(planned.stderr, /If the old primary is lost, --failover goes on without it/);
  people.find('bergen');
  people.hang('bergen');
  const begun = performance.now();
  const { code, stdout, stderr } = await cli('promote', to('oslo', '--failover'));
  assert.equal(code, 0, stderr);
  assert.ok(performance.now() - begun < 20_000, 'one that hangs is not waited for long');
  assert.match(stderr, /^Asking bergen, oslo; /);
  assert.match(stderr, /bergen: .*; out of reach since [-\d]+ [:\d]+ UTC, tried from cli@/);
  assert.match(stderr, /lag of oslo: \d+ \w+ \(in sync at /);
  assert.match(stderr, /two devices that take writes/);
  assert.match(stdout, /payments: oslo is primary, epoch \d+\./);
  assert.equal(await primaryOf(), 'oslo');
  assert.equal(await people.make('oslo', 'after'), 201);
});

test('its return: nothing goes anywhere until it is re-joined; then all that it made alone is there', async () => {
  people.find('bergen');
  assert.equal(await people.make('bergen', 'clash'), 201);
  assert.equal(await people.make('oslo', 'clash'), 201);
  for (const verb of ['sync', 'status']) {
    const { code, stdout } = await cli(verb);
    assert.equal(code, 4, verb);
    assert.match(stdout, /older|is in epoch \d+, primary bergen; epoch \d+, primary oslo rules/);
    assert.match(stdout, /rejoin --namespace payments --device bergen/);
    assert.doesNotMatch(stdout, /in step/);
  }
  assert.equal((await cli('doctor', [])).code, 1);
  const rejoined = await cli('rejoin', to('bergen', '--json'));
  assert.equal(rejoined.code, 5, rejoined.stderr);
  const { fenced, conflicts } = jsonOf(rejoined) as { fenced: string[]; conflicts: { id: string }[] };
  assert.deepEqual([fenced, conflicts.map(({ id }) => id)], [['bergen'], ['clash']]);
  assert.equal(await people.ask('oslo', 'GET', '/keys/alone', people.replicator), 200);
  assert.equal((await cli('conflicts', [...PAYMENTS, '--resolve', 'clash', '--keep', 'oslo'])).code, 0);
  assert.equal((await cli('sync')).code, 0);
  assert.equal((await cli('diff')).code, 0);
  const again = await cli('rejoin', to('bergen'));
  assert.equal(again.code, 0);
  assert.match(again.stdout, /is a replica of oslo already/);
});

test('break-glass brings keepers back onto a replica; the next sync says so and locks it again', async () => {
  const none = await cli('break-glass', to('bergen', '--from', 'nothing.nethsm-archive'));
  assert.equal(none.code, 1);
  const { code, stdout, stderr } = await cli('break-glass', to('bergen'));
  assert.equal(code, 0, stderr);
  assert.match(stdout, /keepers of payments came back from .*: keeper/);
  assert.match(stdout, /bergen is a replica by its record/);
  assert.equal(await people.make('bergen', 'by-night'), 201);
  assert.equal((await cli('status')).code, 2);
  const sync = await cli('sync');
  assert.equal(sync.code, 5);
  assert.match(sync.stdout, /keeper can write on the replica bergen again/);
  assert.equal(await people.make('bergen', 'by-night-2'), 401);
});

test('two claims of one epoch: every verb stops, and says that a person must choose', async () => {
  const { epoch } =
    (jsonOf(await cli('roles', [...PAYMENTS, '--json'])).namespaces as Record<string, Roles>).payments ?? assert.fail();
  const at = '2026-11-24T12:00:00Z';
  const realName = formatRecord({ epoch, primaries: ['bergen'], at, by: 'run@elsewhere', nonce: 'deadbeef' });
  const user = `/users/payments~replication-epoch-${epoch}`;
  const body = { realName, role: 'Operator', passphrase: 'nobody keeps this' };
  assert.equal(await people.ask('bergen', 'DELETE', user, people.replicator), 204);
  assert.equal(await people.ask('bergen', 'PUT', user, people.replicator, body), 201);
  for (const verb of ['roles', 'status', 'plan', 'sync']) {
    const { code, stdout, stderr } = await cli(verb);
    assert.equal(code, 4, `${verb}: ${stdout}${stderr}`);
    assert.match(stdout + stderr, /claimed twice/, verb);
  }
  const doctor = await cli('doctor', []);
  assert.equal(doctor.code, 1);
  assert.match(doctor.stdout, /✗ roles .*\n +→ /);
  assert.equal((await cli('promote', to('bergen'))).code, 4);
});

test('no secret stands in anything that was printed or left in the state folder', async () => {
  for (const { stdout, stderr } of printed) assertSecretFree(site.secrets, stdout + stderr, 'the output');
  for (const file of await filesOf(site.state)) {
    assertSecretFree(site.secrets, await readFile(file, 'latin1'), file);
  }
});
