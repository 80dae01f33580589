import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type KeyId, parseNamespace, type UserName } from '../../core/names.ts';
import { isProblem } from '../../core/problem.ts';
import type { Context } from '../../core/replication/context.ts';
import { linkOf } from '../../core/replication/journal/journal.ts';
import { planFor, syncNamespace } from '../../core/replication/sync.ts';
import { contextOf, policyFor } from '../support/context.ts';
import { idsOn, type Paired, startPaired } from '../support/paired.ts';
import { app, importKey, keeper, METRICS, REPLICATOR_PASSPHRASE } from '../support/sites.ts';

const PAYMENTS = parseNamespace('payments');
const LINK = linkOf(PAYMENTS, 'oslo', 'bergen');
let sites: Paired;
let ctx: Context;

const policy = () => ({ ...policyFor('payments', sites.folder), deletions: 'propagate' as const });
const public_ = (site: Paired['oslo'], id: string): Promise<unknown> =>
  site.must('GET', `/keys/${id}`, app('payments'));

before(async () => {
  sites = await startPaired(['a1', 'a2', 'a3']);
  ctx = sites.ctx;
  for (let i = 1; i <= 4; i++) await importKey(sites.oslo, 'payments', `n${i}`, 10 + i);
});
after(() => sites.close());

test('a first run establishes the roles, copies what is new and locks the replica', async () => {
  const report = await syncNamespace(ctx, policy());
  assert.deepEqual(
    report.steps.map(({ kind, device, asked, done, verified, problem }) => [
      kind,
      device,
      asked,
      done,
      verified,
      problem,
    ]),
    [
      ['establish', 'oslo', 1, 1, 1, undefined],
      ['record', 'bergen', 1, 1, 1, undefined],
      ['create', 'bergen', 4, 4, 4, undefined],
      ['lock', 'bergen', 1, 1, 1, undefined],
    ],
  );
  assert.deepEqual(await idsOn(sites.bergen), ['a1', 'a2', 'a3', 'n1', 'n2', 'n3', 'n4']);
  assert.equal((await sites.bergen.ask('GET', '/keys', keeper('payments'))).status, 401, 'the keeper is locked out');
  assert.equal(ctx.journal.countBases(LINK), 7 + 1, 'all keys, and the Operator');
  assert.deepEqual(ctx.journal.openSteps(), []);
  assert.equal(ctx.journal.lastRun(LINK)?.ok, true);
  assert.notEqual(ctx.journal.lastRun(LINK)?.inSyncAt, undefined);
});

test('a second run has nothing to do and writes nothing on the devices', async () => {
  const writes = async (site: Paired['oslo']): Promise<unknown> =>
    ((await site.must('GET', '/metrics', METRICS)) as Record<string, unknown>)['kv write'];
  const before = [await writes(sites.oslo), await writes(sites.bergen)];
  const report = await syncNamespace(ctx, policy());
  assert.deepEqual([report.steps, report.conflicts, report.held, report.alarms], [[], [], [], []]);
  assert.deepEqual([await writes(sites.oslo), await writes(sites.bergen)], before);
});

test('tags, label and certificate follow, and are then known to be the same', async () => {
  await sites.oslo.must('PUT', '/keys/a1/restrictions/tags/berlin', keeper('payments'));
  await sites.oslo.must('PUT', '/keys/a2/label', keeper('payments'), { label: 'second' });
  await sites.oslo.must('PUT', '/keys/a3/cert', keeper('payments'), 'a certificate');
  const report = await syncNamespace(ctx, policy());
  assert.deepEqual(
    report.steps.map(({ kind, asked, done, verified }) => [kind, asked, done, verified]),
    [['update', 3, 3, 3]],
  );
  assert.deepEqual((await syncNamespace(ctx, policy())).steps, []);
  await sites.oslo.must('PUT', '/keys/a1/restrictions/tags/paris', keeper('payments'));
  assert.deepEqual((await syncNamespace(ctx, policy())).conflicts, [], 'a second change is one of the primary alone');
  assert.deepEqual(await public_(sites.bergen, 'a2'), await public_(sites.oslo, 'a2'));
});

test('an Operator follows: new, with another passphrase, and gone', async () => {
  const credential = { user: 'payments~app2', passphrase: 'app2Passphrase' };
  const facts = { realName: 'App 2', role: 'Operator', passphrase: credential.passphrase };
  await sites.oslo.must('PUT', '/users/payments~app2', keeper('payments'), facts);
  assert.deepEqual(usersStep(await syncNamespace(ctx, policy())), [['app2'], [], []]);
  await sites.bergen.must('GET', '/keys', credential);
  const changed = { ...credential, passphrase: 'another passphrase' };
  await sites.oslo.must('POST', '/users/payments~app2/passphrase', keeper('payments'), {
    passphrase: changed.passphrase,
  });
  assert.deepEqual(usersStep(await syncNamespace(ctx, policy())), [[], ['app2'], []]);
  await sites.bergen.must('GET', '/keys', changed);
  await sites.oslo.must('DELETE', '/users/payments~app2', keeper('payments'));
  assert.deepEqual(usersStep(await syncNamespace(ctx, policy())), [[], [], ['app2']]);
  assert.equal((await sites.bergen.ask('GET', '/keys', changed)).status, 401);
  assert.deepEqual((await syncNamespace(ctx, policy())).steps, []);
});

const usersStep = (report: Awaited<ReturnType<typeof syncNamespace>>): UserName[][] =>
  report.steps.flatMap((step) => {
    assert.deepEqual([step.verified, step.problem], [step.asked, undefined]);
    return step.kind === 'users' ? [[...step.create], [...step.replace], [...step.delete]] : [];
  });

test('a key that is deleted on the primary goes on the replica, archived first', async () => {
  await sites.oslo.must('DELETE', '/keys/n4', keeper('payments'));
  const kept = await planFor(ctx, { ...policy(), deletions: 'keep' });
  assert.deepEqual([kept.steps, kept.extra], [[], { bergen: ['n4'] }]);
  const report = await syncNamespace(ctx, policy());
  assert.deepEqual(
    report.steps.map(({ kind, asked, done, verified, problem }) => [kind, asked, done, verified, problem]),
    [['delete', 1, 1, 1, undefined]],
  );
  assert.deepEqual(await idsOn(sites.bergen), await idsOn(sites.oslo));
  const archived = ctx.journal.archivedValues(PAYMENTS).find(({ id }) => id === 'n4');
  assert.deepEqual([archived?.device, archived?.id, archived?.reason], ['bergen', 'n4', 'deleted on oslo']);
  assert.equal(ctx.journal.base(LINK, 'n4' as KeyId), undefined);
});

test('a key that was deleted and made again on the primary replaces the old one', async () => {
  await sites.oslo.must('DELETE', '/keys/n3', keeper('payments'));
  await importKey(sites.oslo, 'payments', 'n3', 77);
  const report = await syncNamespace(ctx, policy());
  assert.deepEqual(
    report.steps.map(({ kind, asked, verified, problem }) => [kind, asked, verified, problem]),
    [['replace', 1, 1, undefined]],
  );
  assert.deepEqual(await public_(sites.bergen, 'n3'), await public_(sites.oslo, 'n3'));
  assert.deepEqual((await syncNamespace(ctx, policy())).steps, []);
});

test('a key that was deleted on the replica comes back, one that was made there stays', async () => {
  const replicator = { user: 'payments~replicator', passphrase: REPLICATOR_PASSPHRASE };
  await sites.bergen.must('DELETE', '/keys/n2', replicator);
  await sites.bergen.must('PUT', '/keys/stranger', replicator, {
    mechanisms: ['EdDSA_Signature'],
    type: 'Curve25519',
    private: { data: Buffer.alloc(32, 99).toString('base64') },
  });
  const report = await syncNamespace(ctx, policy());
  assert.deepEqual(
    report.steps.map((step) => [step.kind, 'ids' in step && step.ids, step.verified]),
    [['create', ['n2'], 1]],
  );
  assert.ok((await idsOn(sites.bergen)).includes('stranger'));
});

test('deletions that are held are made when they are allowed, however often it was looked meanwhile', async () => {
  for (const id of ['m1', 'm2']) await importKey(sites.oslo, 'payments', id, id === 'm1' ? 61 : 62);
  await syncNamespace(ctx, policy());
  for (const id of ['m1', 'm2']) await sites.oslo.must('DELETE', `/keys/${id}`, keeper('payments'));
  for (let i = 0; i < 2; i++) {
    const report = await syncNamespace(ctx, policy());
    assert.deepEqual([report.steps, report.held.flatMap(({ ids }) => ids)], [[], ['m1', 'm2']]);
  }
  const report = await syncNamespace(ctx, { ...policy(), maxDeletions: { keys: 10, percent: 100 } });
  assert.deepEqual(
    report.steps.map(({ kind, asked, verified }) => [kind, asked, verified]),
    [['delete', 2, 2]],
  );
});

test('a paused namespace is left alone', async () => {
  ctx.journal.pause(PAYMENTS, 'somebody', sites.clock.now());
  await assert.rejects(
    syncNamespace(ctx, policy()),
    (error) => isProblem(error, 'refused') && /resume/.test(error.message),
  );
  ctx.journal.resume(PAYMENTS);
});

test('a lost journal costs a full comparison and deletes nothing', async () => {
  await sites.oslo.must('DELETE', '/keys/n1', keeper('payments'));
  const fresh = contextOf([sites.oslo.session, sites.bergen.session], join(sites.folder, 'fresh'), {
    clock: sites.clock,
  });
  for (let i = 0; i < 2; i++) {
    const report = await syncNamespace(fresh, policy());
    assert.deepEqual(report.steps, []);
    assert.ok((await idsOn(sites.bergen)).includes('n1'));
  }
  for (let i = 0; i < 2; i++) {
    const old = await syncNamespace(ctx, policy());
    assert.deepEqual(old.steps, [], 'for the first journal, another controller was there');
    assert.ok((await idsOn(sites.bergen)).includes('n1'));
    // A write that could explain a deletion.
    const { passphrase } = keeper('payments');
    await sites.oslo.must('POST', '/users/payments~keeper/passphrase', keeper('payments'), { passphrase });
  }
  fresh.journal.close();
});
