import assert from 'node:assert/strict';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Session } from '../../core/device/session.ts';
import type { UserName } from '../../core/names.ts';
import { isProblem } from '../../core/problem.ts';
import type { Context } from '../../core/replication/context.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { readArchivedKeepers } from '../../core/replication/roles/archived-keepers.ts';
import { claimEpoch } from '../../core/replication/roles/claim.ts';
import { archivesOf } from '../../core/replication/roles/find-archive.ts';
import { bringKeepersBack, ensureKeepersArchive } from '../../core/replication/roles/keepers.ts';
import { withLease } from '../../core/replication/roles/lease.ts';
import { lockReplica } from '../../core/replication/roles/lock.ts';
import { readRoles } from '../../core/replication/roles/read-roles.ts';
import { backupNamespace, verifyArchive } from '../../core/transfer/backup-namespace.ts';
import { pairDevices } from '../../core/transfer/pair.ts';
import { policyFor } from '../support/context.ts';
import { startReplicated } from '../support/replicated.ts';
import { app, createNamespace, importKey, keeper, provision, startSite } from '../support/sites.ts';

const SECOND = { user: 'payments~second', passphrase: 'secondPassphrase1' };
const { oslo, bergen, folder, clock, policy, ctx, close } = await startReplicated({ start: Date.now() });
after(close);
before(async () => {
  await bergen.must('PUT', `/users/${SECOND.user}`, keeper('payments'), {
    realName: 'Second',
    role: 'Administrator',
    passphrase: SECOND.passphrase,
  });
  await importKey(bergen, 'payments', 'card-1', 1);
  const pair = { from: bergen.session, to: oslo.session, erase: 'oslo' };
  await pairDevices(pair, { deviceBackups: ctx.deviceBackups });
});

const keepersOn = async (device: string): Promise<readonly string[]> =>
  (await readRoles(ctx, policy)).devices.get(device)?.keepers ?? [];
const usersOf = async (): Promise<string[]> =>
  ((await bergen.must('GET', '/users', ADMINISTRATOR)) as { user: string }[])
    .map(({ user }) => user)
    .filter((user) => user.startsWith('payments~'));
const ADMINISTRATOR = { user: 'admin', passphrase: 'adminadminadmin' };
const refused = (error: unknown): boolean => isProblem(error, 'refused');

test('root is never locked, and says so', async () => {
  const report = await lockReplica(ctx, bergen.session, policyFor('', folder));
  assert.deepEqual([report.removed, report.archives], [[], []]);
  assert.match(report.note ?? '', /R-Administrators/);
  assert.deepEqual((await bringKeepersBack(ctx, bergen.session, policyFor('', folder))).keepers, []);
});

test('without a second place nobody is removed', async () => {
  const { backups: _, ...alone } = policy;
  for (const one of [alone, { ...policy, backups: { directory: ctx.archives } }]) {
    await assert.rejects(
      lockReplica(ctx, bergen.session, one),
      (error) => isProblem(error, 'refused') && /backups\.directory/.test(error.remedy),
    );
  }
  assert.deepEqual(await keepersOn('bergen'), ['keeper', 'second']);
});

test('a replicator who is not what we need removes nobody', async () => {
  const as = (user: string, passphrase: string): Session => ({
    ...bergen.session,
    namespaceAdministrator: async () => ({ user, passphrase }),
  });
  await assert.rejects(lockReplica(ctx, as(app('payments').user, app('payments').passphrase), policy), refused);
  await assert.rejects(lockReplica(ctx, as('payments~replicator', 'wrong passphrase'), policy), (error) =>
    isProblem(error, 'unauthorised'),
  );
  clock.advance(2_000);
  assert.deepEqual(await keepersOn('bergen'), ['keeper', 'second']);
});

test('a second place that can not be written leaves everybody where he is', async () => {
  const blocked = join(folder, 'a-file');
  await writeFile(blocked, '');
  await assert.rejects(lockReplica(ctx, bergen.session, { ...policy, backups: { directory: blocked } }), (error) =>
    isProblem(error, 'unexpected'),
  );
  assert.deepEqual(await keepersOn('bergen'), ['keeper', 'second']);
});

test('a replica is locked: keepers are archived at two places, then gone on every node, and Operators go on', async () => {
  // Both nodes know the keeper: each may go on with that for 10 s.
  await bergen.must('GET', '/keys', keeper('payments'));
  await bergen.second.must('GET', '/keys', keeper('payments'));
  const report = await lockReplica(ctx, bergen.session, policy);
  assert.deepEqual(report.removed, ['keeper', 'second']);
  assert.deepEqual(await keepersOn('bergen'), []);
  for (const node of [bergen, bergen.second]) {
    assert.equal((await node.ask('PUT', '/keys/x', keeper('payments'), {})).status, 401);
    assert.equal((await node.ask('GET', '/keys/card-1', app('payments'))).status, 200);
  }
  const [first, second] = report.archives as [string, string];
  assert.notEqual(dirname(first), dirname(second));
  assert.deepEqual(await readFile(first), await readFile(second));
  const archive = await verifyArchive(second, 'archive passphrase');
  assert.equal(archive.keys, 0);
  assert.deepEqual(
    archive.users.map(({ name, role }) => `${name} ${role}`),
    ['app Operator', 'keeper Administrator', 'replicator Administrator', 'second Administrator'],
  );
  assert.equal(ctx.journal.lastDone('lock payments bergen'), clock.now());
  assert.match(ctx.journal.activity(9)[0]?.text ?? '', /keeper, second.*archived in/);

  const again = await lockReplica(ctx, bergen.session, policy);
  assert.deepEqual([again.removed, again.archives], [[], []]);
});

test('keepers come back, passphrases and all, and our own N-Administrator is not needed for it', async () => {
  const lost: Session = {
    ...bergen.session,
    namespaceAdministrator: async () => {
      throw new Error('our passphrase is lost');
    },
  };
  await assert.rejects(bringKeepersBack(ctx, lost, policy), /lost/, 'what is no Problem is no lost secret');
  const wrong: Session = {
    ...bergen.session,
    namespaceAdministrator: async () => ({ user: 'payments~replicator', passphrase: 'not the one any more' }),
  };
  const report = await bringKeepersBack(ctx, wrong, policy);
  assert.deepEqual([report.keepers, report.present, report.warning], [['keeper', 'second'], [], undefined]);
  await bergen.must('PUT', '/keys/card-1/restrictions/tags/back', keeper('payments'));
  await bergen.second.must('DELETE', '/keys/card-1/restrictions/tags/back', SECOND);
  const again = await bringKeepersBack(ctx, bergen.session, policy);
  assert.deepEqual([again.keepers, again.present], [[], ['keeper', 'second']]);
});

test('the archive of the same keepers is kept; another passphrase, or a damaged copy, needs a new one', async () => {
  const { made, files } = await ensureKeepersArchive(ctx, bergen.session, policy, 'all');
  assert.equal(made, false);
  await bergen.must('POST', `/users/${SECOND.user}/passphrase`, SECOND, { passphrase: 'anotherPassphrase1' });
  const changed = await ensureKeepersArchive(ctx, bergen.session, policy, 'all');
  assert.equal(changed.made, true);
  assert.notDeepEqual(changed.files, files);
  const bytes = await readFile(changed.files[1]);
  await writeFile(changed.files[1], bytes.subarray(0, -1));
  clock.advance(1);
  const damaged = await ensureKeepersArchive(ctx, bergen.session, policy, 'all');
  assert.equal(damaged.made, true);
  const otherPassphrase = { ...ctx, archivePassphrase: async () => 'another archive passphrase' };
  assert.equal((await ensureKeepersArchive(otherPassphrase, bergen.session, policy, 'all')).made, true);
  clock.advance(1);
});

test('a keeper who is made while the others are being archived is not removed unarchived', async () => {
  const late = { user: 'payments~late', passphrase: 'latePassphrase1' };
  const body = { realName: 'Late', role: 'Administrator', passphrase: late.passphrase };
  const during: Context = {
    ...ctx,
    // Asked for when the keepers have been listed, before they are read.
    archivePassphrase: async () => {
      await bergen.ask('PUT', `/users/${late.user}`, keeper('payments'), body);
      return ctx.archivePassphrase();
    },
  };
  await assert.rejects(
    lockReplica(during, bergen.session, policy),
    (error) => isProblem(error, 'refused') && /late/.test(error.reason),
  );
  assert.deepEqual(await keepersOn('bergen'), ['keeper', 'late', 'second']);
  await bergen.must('DELETE', `/users/${late.user}`, keeper('payments'));
  // He may be in an archive of this moment: the next one must be newer.
  clock.advance(1);
});

test('locking that broke off between two removals goes on, and what was removed before is in the archive', async () => {
  bergen.practice.nodes[0]?.inject({ kind: 'cut-before', method: 'DELETE', path: /second/ });
  await assert.rejects(lockReplica(ctx, bergen.session, policy), (error) => isProblem(error, 'unreachable'));
  assert.deepEqual(await keepersOn('bergen'), ['second']);
  clock.advance(1_000);
  assert.equal(ctx.journal.openSteps(policy.namespace).length, 1);
  const { removed, archives } = await lockReplica(ctx, bergen.session, policy);
  assert.deepEqual([removed, await keepersOn('bergen')], [['second'], []]);
  const { keepers } = await readArchivedKeepers(archives[1] ?? '', 'archive passphrase', {});
  assert.deepEqual([...keepers.keys()], ['keeper', 'replicator', 'second']);
  assert.equal(ctx.journal.openSteps(policy.namespace).length, 0);
});

test('after such a lock all keepers come back, from the newest archives', async () => {
  const { keepers } = await bringKeepersBack(ctx, bergen.session, policy);
  assert.deepEqual(keepers, ['keeper', 'second']);
});

test('a lock that is given up is not gone on with: who was removed by a person since stays away', async () => {
  bergen.practice.nodes[0]?.inject({ kind: 'cut-before', method: 'DELETE', path: /second/ });
  await assert.rejects(lockReplica(ctx, bergen.session, policy), (error) => isProblem(error, 'unreachable'));
  clock.advance(1_000);
  assert.deepEqual((await bringKeepersBack(ctx, bergen.session, policy)).keepers, ['keeper']);
  assert.deepEqual(ctx.journal.openSteps(policy.namespace), []);
});

test('records and leases are in no archive, and an archive that has one brings none', async () => {
  const record = { epoch: 1, primaries: ['oslo'], at: '2026-11-24T12:00:00Z', by: 'run@test', nonce: '11111111' };
  assert.ok(await claimEpoch(ctx, bergen.session, policy, record));
  await withLease(ctx, [bergen.session], policy, async () => {
    assert.ok((await usersOf()).includes('payments~replication-lease'));
    const out = join(folder, 'whole.nethsm-archive');
    const { users } = await backupNamespace(bergen.session, policy.namespace, {
      out,
      passphrase: 'archive passphrase',
    });
    assert.equal(users, 4);
  });
  assert.ok(!(await usersOf()).includes('payments~replication-lease'));
});

test('the newest archive with keepers counts, wherever it lies; one without, and strangers, are passed over', async () => {
  await lockReplica(ctx, bergen.session, policy);
  const out = join(policy.backups?.directory ?? '', 'scheduled.nethsm-archive');
  await backupNamespace(bergen.session, policy.namespace, { out, passphrase: 'archive passphrase' });
  await mkdir(ctx.archives, { recursive: true });
  await writeFile(join(ctx.archives, 'notes.txt'), 'nothing to do with it');
  await backupNamespace(oslo.session, policy.namespace, {
    out: join(ctx.archives, 'of-oslo.nethsm-archive'),
    passphrase: 'another passphrase',
  });
  const { keepers, file } = await bringKeepersBack(ctx, bergen.session, policy);
  assert.deepEqual(keepers, ['keeper', 'second']);
  assert.match(file, /keepers\/payments~bergen~/);
  assert.ok((await readdir(dirname(file))).length > 0);
});

test('an archive that is dated in the future takes no other place, and is better than none', async (t) => {
  const alone = join(folder, 'alone');
  await mkdir(alone);
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 10 * 86_400_000 });
  const archive = { passphrase: 'archive passphrase' };
  for (const place of [ctx.archives, alone]) {
    const out = join(place, 'ahead.nethsm-archive');
    await backupNamespace(bergen.session, policy.namespace, { ...archive, out });
  }
  t.mock.timers.reset();
  const replicator = 'replicator' as UserName;
  const first = async (...[context, ofPolicy]: [Context, Policy]): Promise<string | undefined> =>
    (await archivesOf(context, ofPolicy, replicator).next()).value?.file;
  assert.match((await first(ctx, policy)) ?? '', /keepers\/payments~bergen~/);
  const { backups: _, ...onePlace } = policy;
  assert.equal(await first({ ...ctx, archives: alone }, onePlace), join(alone, 'ahead.nethsm-archive'));
  await rm(join(ctx.archives, 'ahead.nethsm-archive'));
});

test('a named archive is taken, of the other device too; one of another namespace or without keepers is refused', async () => {
  await lockReplica(ctx, bergen.session, policy);
  const out = join(folder, 'of-oslo.nethsm-archive');
  await backupNamespace(oslo.session, policy.namespace, { out, passphrase: 'archive passphrase' });
  const { keepers, file } = await bringKeepersBack(ctx, bergen.session, policy, out);
  assert.deepEqual([keepers, file], [['keeper', 'second'], out]);
  await bergen.must('GET', '/keys', SECOND);
  await assert.rejects(
    bringKeepersBack(ctx, bergen.session, policy, join(policy.backups?.directory ?? '', 'scheduled.nethsm-archive')),
    refused,
  );
  await createNamespace(oslo, 'iot');
  const iot = join(folder, 'iot.nethsm-archive');
  await backupNamespace(oslo.session, policyFor('iot', folder).namespace, {
    out: iot,
    passphrase: 'archive passphrase',
  });
  await assert.rejects(bringKeepersBack(ctx, bergen.session, policy, iot), refused);
  await assert.rejects(bringKeepersBack(ctx, bergen.session, policyFor('iot', folder), iot), (error) =>
    isProblem(error, 'not-found'),
  );
});

test('an archive of another domain brings nobody', async (t) => {
  const stranger = await startSite('stranger', { now: clock.now });
  t.after(async () => {
    await stranger.session.device.close();
    await stranger.practice.close();
  });
  await provision(stranger);
  await createNamespace(stranger, 'payments');
  const out = join(folder, 'stranger.nethsm-archive');
  await backupNamespace(stranger.session, policy.namespace, { out, passphrase: 'archive passphrase' });
  await lockReplica(ctx, bergen.session, policy);
  await assert.rejects(bringKeepersBack(ctx, bergen.session, policy, out), refused);
  assert.deepEqual(await keepersOn('bergen'), []);

  // The newest of all, in a folder that another pair of devices uses too.
  const shared = join(policy.backups?.directory ?? '', 'of-others.nethsm-archive');
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 60_000 });
  await backupNamespace(stranger.session, policy.namespace, { out: shared, passphrase: 'archive passphrase' });
  t.mock.timers.reset();
  const { keepers, file } = await bringKeepersBack(ctx, bergen.session, policy);
  assert.deepEqual([keepers, dirname(file) === dirname(shared)], [['keeper', 'second'], false]);
  const lonely = { ...policy, backups: { directory: join(folder, 'lonely') } };
  await mkdir(lonely.backups.directory);
  await copyFile(shared, join(lonely.backups.directory, 'of-others.nethsm-archive'));
  await bergen.must('DELETE', `/users/${SECOND.user}`, keeper('payments'));
  const report = await bringKeepersBack({ ...ctx, archives: join(folder, 'none') }, bergen.session, lonely);
  assert.deepEqual(report.keepers, []);
  await rm(shared);
});

test('keepers who came back to a locked replica are archived apart, and are not taken for all of them', async () => {
  await bringKeepersBack(ctx, bergen.session, policy);
  await lockReplica(ctx, bergen.session, policy);
  clock.advance(60_000);
  const stray = { realName: 'Stray', role: 'Administrator', passphrase: 'strayPassphrase1' };
  const replicator = await bergen.session.namespaceAdministrator(policy.namespace);
  await bergen.must('PUT', '/users/payments~stray', replicator, stray);
  const { removed, archives } = await lockReplica(ctx, bergen.session, policy, 'returned');
  assert.deepEqual(removed, ['stray']);
  assert.ok(archives.every((file) => basename(file).startsWith('payments~bergen~returned~')));
  const { keepers } = await bringKeepersBack(ctx, bergen.session, policy);
  assert.deepEqual(keepers, ['keeper', 'second']);
});

test('where no archive holds a keeper, that is said and nothing is done', async () => {
  const elsewhere = { ...ctx, archives: join(folder, 'none') };
  const report = await bringKeepersBack(elsewhere, bergen.session, {
    ...policy,
    backups: { directory: join(folder, 'none-too') },
  });
  assert.deepEqual([report.keepers, report.file], [[], '']);
  assert.match(report.warning ?? '', /break-glass/);
});

test('an archive tells who its keepers are', async () => {
  const { keepers, device } = await readArchivedKeepers(
    join(folder, 'of-oslo.nethsm-archive'),
    'archive passphrase',
    {},
  );
  assert.deepEqual([[...keepers.keys()], device], [['keeper', 'replicator', 'second'], 'oslo']);
});
