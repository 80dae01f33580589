/** Changes of the primary on two practice devices: planned, with the old primary lost, and its return. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Session } from '../../core/device/session.ts';
import { isProblem, Problem } from '../../core/problem.ts';
import type { Context } from '../../core/replication/context.ts';
import type { Journal } from '../../core/replication/journal/journal.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { breakGlass } from '../../core/replication/promote/break-glass.ts';
import { withPrimary } from '../../core/replication/promote/candidate.ts';
import { assessFailover, type FailoverAssessment, failover } from '../../core/replication/promote/failover.ts';
import { rejoin } from '../../core/replication/promote/rejoin.ts';
import { switchover } from '../../core/replication/promote/switchover.ts';
import { resolveConflict } from '../../core/replication/resolve.ts';
import { claimEpoch } from '../../core/replication/roles/claim.ts';
import { withLease } from '../../core/replication/roles/lease.ts';
import { readRoles } from '../../core/replication/roles/read-roles.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { pairDevices } from '../../core/transfer/pair.ts';
import { contextOf, type FakeClock, fakeClock, policyFor } from '../support/context.ts';
import {
  app,
  createNamespace,
  importKey,
  keeper,
  provision,
  type Site,
  sessionOf,
  startSite,
} from '../support/sites.ts';

const NS = 'payments';
let oslo: Site;
let bergen: Site;
let folder: string;
let clock: FakeClock;
let policy: Policy;
let ctx: Context;

before(async () => {
  clock = fakeClock(Date.now());
  folder = await mkdtemp(join(tmpdir(), 'promote-'));
  [oslo, bergen] = [await startSite('oslo', { now: clock.now }), await startSite('bergen', { now: clock.now })];
  for (const site of [oslo, bergen]) await provision(site);
  await createNamespace(oslo, NS);
  policy = policyFor(NS, folder);
  ctx = contextOf([oslo.session, bergen.session], folder, { clock });
  await pairDevices({ from: oslo.session, to: bergen.session }, { deviceBackups: ctx.deviceBackups });
  await importKey(oslo, NS, 'first', 1);
  assert.equal((await syncNamespace(ctx, policy)).stopped, undefined);
});
after(async () => {
  ctx.journal.close();
  for (const site of [oslo, bergen]) {
    await site.session.device.close();
    await site.practice.close();
  }
  await rm(folder, { recursive: true });
});

const keysOn = async (site: Site): Promise<string[]> =>
  ((await site.must('GET', '/keys', app(NS))) as { id: string }[]).map(({ id }) => id).sort();
const mayWrite = async (site: Site): Promise<boolean> => {
  const { status } = await site.ask('GET', '/keys', keeper(NS));
  return status === 200;
};
const tagsOf = async (site: Site, id: string): Promise<unknown> =>
  ((await site.must('GET', `/keys/${id}`, keeper(NS))) as { restrictions?: { tags?: unknown } }).restrictions?.tags;
const publicOf = async (site: Site, id: string): Promise<unknown> =>
  ((await site.must('GET', `/keys/${id}`, app(NS))) as { public: unknown }).public;
const refused = (pattern: RegExp) => (error: unknown) =>
  isProblem(error, 'refused') && pattern.test(`${error.reason} ${error.remedy}`);
const lost = (name: string): Session => sessionOf(name, 'http://127.0.0.1:9/api/v1');
/** The same engine while a device is out of reach. */
const without = (name: string): Context => ({
  ...ctx,
  session: (device) => (device === name ? lost(name) : ctx.session(device)),
});

test('a switchover exchanges the roles, and nothing is lost', async () => {
  assert.deepEqual([await mayWrite(oslo), await mayWrite(bergen)], [true, false]);
  await importKey(oslo, NS, 'late', 2);
  const report = await switchover(ctx, policy, 'bergen');
  assert.deepEqual([report.primary, report.epoch, report.fenced, report.keepers], ['bergen', 2, ['oslo'], ['keeper']]);
  assert.deepEqual([await mayWrite(oslo), await mayWrite(bergen)], [false, true]);
  assert.deepEqual(await keysOn(bergen), ['first', 'late']);
  const roles = await readRoles(ctx, policy);
  assert.deepEqual(
    [...roles.devices.values()].map(({ record }) => [record?.epoch, record?.primaries]),
    [
      [2, ['bergen']],
      [2, ['bergen']],
    ],
  );
});

test('the record rules: a manifest that says otherwise is refused, one that agrees goes on', async () => {
  await assert.rejects(syncNamespace(ctx, policy), refused(/bergen/));
  await importKey(bergen, NS, 'from-bergen', 3);
  await syncNamespace(ctx, withPrimary(policy, 'bergen'));
  assert.deepEqual(await keysOn(oslo), ['first', 'from-bergen', 'late']);
});

test('promoting who is primary already changes nothing', async () => {
  const report = await switchover(ctx, policy, 'bergen');
  assert.deepEqual([report.epoch, report.fenced, report.keepers], [2, [], []]);
});

class Crash extends Error {}
/** A journal whose n-th write and all later ones throw: the process died there. */
function dyingJournal(journal: Journal, n: number): { journal: Journal; writes(): number } {
  let writes = 0;
  const proxy = new Proxy(journal, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      return (...words: unknown[]) => {
        if (/^(put|open|close|add|archive|note|drop|forget)/.test(String(name)) && ++writes >= n) throw new Crash();
        return value.apply(target, words);
      };
    },
  });
  return { journal: proxy, writes: () => writes };
}

test('a switchover that dies at any of its steps is completed, or undone, by running it again', async () => {
  let from = 'bergen';
  let died = 0;
  for (let n = 1; ; n += 5) {
    const to = from === 'bergen' ? 'oslo' : 'bergen';
    const dying = dyingJournal(ctx.journal, n);
    const attempt = switchover({ ...ctx, journal: dying.journal }, policy, to);
    const ended = await attempt.then(
      () => true,
      (error: unknown) => {
        if (!(error instanceof Crash)) throw error;
        return false;
      },
    );
    clock.advance(300_000);
    if (!ended) died += 1;
    // Every second time the old primary is promoted again: before the epoch was claimed that undoes.
    const again = n % 2 === 0 ? from : to;
    const { primary } = await switchover(ctx, policy, again);
    assert.equal(primary, again);
    const [now, other] = again === 'oslo' ? [oslo, bergen] : [bergen, oslo];
    assert.deepEqual([n, await mayWrite(now), await mayWrite(other)], [n, true, false]);
    await importKey(now, NS, `n${n}`, n % 250);
    await syncNamespace(ctx, withPrimary(policy, again));
    assert.deepEqual(await keysOn(other), await keysOn(now));
    from = again;
    if (ended) break;
  }
  assert.ok(died > 3, `${died}`);
  if (from !== 'oslo') await switchover(ctx, policy, 'oslo');
});

test('a failover is refused while the primary answers, and while too much may be missing', async () => {
  await assert.rejects(failover(ctx, policy, 'bergen', { acceptLoss: true }), refused(/oslo|answers/));
  clock.advance(3_600_000);
  const found = await assessFailover(without('oslo'), policy, 'bergen');
  assert.equal(found.oldPrimary, 'oslo');
  assert.ok(found.lag !== undefined && found.lag >= 3_600_000, `${found.lag}`);
  await assert.rejects(failover(without('oslo'), policy, 'bergen', { acceptLoss: false }), refused(/accept-loss/));
  const detail = { from: 'oslo', keys: 1, ids: ['on-its-way'] };
  const { namespace } = policy;
  const step = ctx.journal.openStep({ namespace, kind: 'create', device: 'bergen', detail, at: clock.now() });
  assert.deepEqual((await assessFailover(without('oslo'), policy, 'bergen')).missing, ['on-its-way']);
  ctx.journal.closeStep(step);
  assert.equal(await mayWrite(bergen), false);
});

test('a failover asks each device once, and waits while somebody works on the replica', async () => {
  const asked: string[] = [];
  const counting: Context = {
    ...without('oslo'),
    session: (name) => {
      asked.push(name);
      return without('oslo').session(name);
    },
  };
  await assert.rejects(failover(counting, policy, 'bergen', { acceptLoss: false }), refused(/accept-loss/));
  assert.deepEqual(asked, ['oslo', 'bergen']);

  const other = contextOf([oslo.session, bergen.session], folder, { clock, controller: 'other@test' });
  const { epoch } = await readRoles(ctx, policy);
  const told: unknown[] = [];
  const attempt = {
    acceptLoss: true,
    onAssessed: ({ oldPrimary }: FailoverAssessment) => told.push(oldPrimary),
  };
  await withLease(other, [bergen.session], policy, () =>
    assert.rejects(
      failover(without('oslo'), policy, 'bergen', attempt),
      (error) => isProblem(error, 'busy') && error.reason.includes('other@test'),
    ),
  );
  other.journal.close();
  assert.deepEqual(told, ['oslo'], 'what it means is said first');
  assert.deepEqual([(await readRoles(ctx, policy)).epoch, await mayWrite(bergen)], [epoch, false]);
});

test('after a failover the new primary takes writes; the old one is re-joined with what it made alone', async () => {
  const { epoch } = await readRoles(ctx, policy);
  const report = await failover(without('oslo'), policy, 'bergen', { acceptLoss: true });
  assert.deepEqual([report.primary, report.epoch, report.keepers], ['bergen', epoch + 1, ['keeper']]);
  assert.equal(await mayWrite(bergen), true);
  const again = await failover(without('oslo'), policy, 'bergen', { acceptLoss: false });
  assert.equal(again.epoch, epoch + 1, 'running it again claims nothing more');
  assert.equal((await readRoles(ctx, policy)).devices.get('bergen')?.lease, undefined, 'the lease was given back');

  // Nothing stops the old primary's keepers.
  await importKey(oslo, NS, 'alone', 200);
  await importKey(oslo, NS, 'clash', 201);
  await importKey(bergen, NS, 'clash', 202);
  await importKey(bergen, NS, 'newer', 203);
  await oslo.must('PUT', '/keys/first/restrictions/tags/alone', keeper(NS));

  const now = withPrimary(policy, 'bergen');
  const before = await syncNamespace(ctx, now);
  assert.ok(
    before.alarms.some(({ kind }) => kind === 'older-epoch'),
    'the old primary is recognised',
  );
  assert.ok(!(await keysOn(oslo)).includes('newer'), 'and nothing is copied onto it');

  const joined = await rejoin(ctx, now, 'oslo');
  assert.deepEqual(joined.fenced, ['oslo']);
  assert.deepEqual(
    joined.conflicts.map(({ id }) => id),
    ['clash'],
  );
  assert.ok((await keysOn(bergen)).includes('alone'));
  assert.deepEqual(await tagsOf(bergen, 'first'), ['alone']);
  assert.equal(await mayWrite(oslo), false);
  assert.notDeepEqual(await publicOf(oslo, 'clash'), await publicOf(bergen, 'clash'));
  await syncNamespace(ctx, now);
  assert.ok((await keysOn(oslo)).includes('newer'));
});

test('a manifest that lets both sites write, and one that no longer does, are followed by a promotion', async () => {
  const sites = ['bergen', 'oslo'].map((device) => ({ device, owns: () => false }));
  const both: Policy = { ...policy, sites: { kind: 'two-way', sites } };
  await assert.rejects(syncNamespace(ctx, both), refused(/promote/));
  const opened = await switchover(ctx, both, 'oslo');
  assert.deepEqual([opened.fenced, opened.keepers], [[], ['keeper']]);
  assert.deepEqual([await mayWrite(oslo), await mayWrite(bergen)], [true, true]);
  await importKey(oslo, NS, 'at-oslo', 210);
  await importKey(bergen, NS, 'at-bergen', 211);
  const closed = await switchover(ctx, withPrimary(policy, 'bergen'), 'bergen').catch((error: unknown) => error);
  assert.ok(isProblem(closed, 'refused') && /clash/.test(closed.reason), 'an open conflict is decided first');
  await resolveConflict(ctx, both, { id: 'clash', keep: 'bergen' });
  const report = await switchover(ctx, withPrimary(policy, 'bergen'), 'bergen');
  assert.deepEqual([report.fenced, await mayWrite(oslo), await mayWrite(bergen)], [['oslo'], false, true]);
  assert.deepEqual(await keysOn(oslo), await keysOn(bergen));
  assert.ok((await keysOn(bergen)).includes('at-oslo'));
});

test('a primary that was restored is taken as it is when a person promotes it again, and nothing is deleted for it', async () => {
  const now = withPrimary({ ...policy, deletions: 'propagate' }, 'bergen');
  const state = bergen.practice.snapshot();
  await importKey(bergen, NS, 'after-the-snapshot', 212);
  await syncNamespace(ctx, now);
  bergen.practice.rollBack(state);
  const restored = async (): Promise<boolean> =>
    (await syncNamespace(ctx, now)).alarms.some(({ kind }) => kind === 'restored');
  assert.equal(await restored(), true);
  assert.match((await switchover(ctx, now, 'bergen')).done.join(), /the state of bergen is taken as it is/);
  assert.equal(await restored(), false);
  assert.equal(await restored(), false);
  assert.ok((await keysOn(oslo)).includes('after-the-snapshot'));
});

test('a primary that went back before its epoch is not exchanged: what only it has would stay behind', async () => {
  const now = withPrimary(policy, 'bergen');
  const state = bergen.practice.snapshot();
  await switchover(ctx, withPrimary(policy, 'oslo'), 'oslo');
  await switchover(ctx, now, 'bergen');
  bergen.practice.rollBack(state);
  await importKey(bergen, NS, 'on-the-restored', 213);
  const why = /bergen is in epoch \d+.*promote --namespace payments --device bergen/s;
  await assert.rejects(switchover(ctx, withPrimary(policy, 'oslo'), 'oslo'), refused(why));
  assert.deepEqual([await mayWrite(bergen), await mayWrite(oslo)], [true, false]);
  await switchover(ctx, now, 'bergen');
  await switchover(ctx, withPrimary(policy, 'oslo'), 'oslo');
  assert.ok((await keysOn(oslo)).includes('on-the-restored'));
  await switchover(ctx, now, 'bergen');
});

test('where both went back and each names the other, a failover is the way: neither says who is primary', async () => {
  const now = withPrimary(policy, 'bergen');
  const before = oslo.practice.snapshot();
  await switchover(ctx, withPrimary(policy, 'oslo'), 'oslo');
  const between = bergen.practice.snapshot();
  await switchover(ctx, now, 'bergen');
  oslo.practice.rollBack(before);
  bergen.practice.rollBack(between);
  await assert.rejects(switchover(ctx, now, 'bergen'), refused(/no device that answers.*--failover/));
  await failover(ctx, now, 'bergen', { acceptLoss: true });
  assert.deepEqual([await mayWrite(bergen), await mayWrite(oslo)], [true, false]);
  assert.deepEqual((await syncNamespace(ctx, now)).stopped, undefined);
});

test('nobody is locked and nothing claimed where the two could not be compared', async () => {
  const now = withPrimary(policy, 'oslo');
  const session = ctx.session('oslo');
  const denied = new Problem({ kind: 'unauthorised', place: 'oslo (backup1)', cause: 'no', remedy: 'none' });
  const blind = { ...session, backup: () => Promise.reject(denied) };
  const half: Context = { ...ctx, session: (device) => (device === 'oslo' ? blind : ctx.session(device)) };
  await assert.rejects(switchover(half, now, 'oslo'), (error) => isProblem(error));
  assert.deepEqual([await mayWrite(bergen), await mayWrite(oslo)], [true, false]);
});

test('an epoch that was claimed twice stops everything until a person chooses', async () => {
  const now = withPrimary(policy, 'bergen');
  const { epoch } = await readRoles(ctx, now);
  for (const [device, nonce] of [
    ['oslo', 'aaaaaaaaaaaaaaaa'],
    ['bergen', 'bbbbbbbbbbbbbbbb'],
  ] as const) {
    const record = { epoch: epoch + 1, primaries: [device], at: '2026-11-24T12:00:00Z', by: 'somebody@host', nonce };
    assert.ok(await claimEpoch(ctx, ctx.session(device), now, record));
  }
  const stopped = await syncNamespace(ctx, now).catch((error: unknown) => error);
  if (!isProblem(stopped, 'refused')) {
    const { alarms, steps } = stopped as Awaited<ReturnType<typeof syncNamespace>>;
    assert.ok(alarms.some(({ kind }) => kind === 'split-brain'));
    assert.deepEqual(steps, []);
  }
  await assert.rejects(switchover(ctx, now, 'bergen'), refused(/split brain/));
  await assert.rejects(rejoin(ctx, now, 'oslo'), refused(/split brain/));
  const report = await failover(ctx, now, 'bergen', { acceptLoss: true });
  assert.equal(report.epoch, epoch + 2);
  await rejoin(ctx, now, 'oslo');
  assert.equal((await syncNamespace(ctx, now)).stopped, undefined);
  assert.deepEqual([await mayWrite(bergen), await mayWrite(oslo)], [true, false]);
});

test('break-glass brings keepers back onto a replica, and says that it is one', async () => {
  const now = withPrimary(policy, 'bergen');
  const report = await breakGlass(ctx, now, 'oslo');
  assert.deepEqual([report.keepers, await mayWrite(oslo)], [['keeper'], true]);
  assert.match(report.warnings.join(), /replica/);
  const alarmed = await syncNamespace(ctx, now);
  assert.ok(alarmed.alarms.some(({ kind }) => kind === 'keeper-back'));
  const archives = await readdir(join(ctx.archives, 'keepers'));
  assert.ok(
    archives.some((name) => name.startsWith(`${NS}~oslo~returned~`)),
    'apart from those that a promotion takes first',
  );
  assert.equal(await mayWrite(oslo), false, 'and it is locked again');
});
