/** Synchronising when something is not as usual: a device restored, away, without its namespace; root; a broken run's left-overs. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Session } from '../../core/device/session.ts';
import { ROOT } from '../../core/names.ts';
import { isProblem, Problem } from '../../core/problem.ts';
import type { Context } from '../../core/replication/context.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { policyFor } from '../support/context.ts';
import { idsOn, type Paired, startPaired } from '../support/paired.ts';
import { ADMIN, app, importKey, keeper, REPLICATOR_PASSPHRASE } from '../support/sites.ts';

const REPLICATOR = { user: 'payments~replicator', passphrase: REPLICATOR_PASSPHRASE };
let sites: Paired;
let ctx: Context;

const policy = (over: Partial<Policy> = {}): Policy => ({
  ...policyFor('payments', sites.folder),
  deletions: 'propagate',
  maxDeletions: { keys: 10, percent: 100 },
  ...over,
});
const kinds = (report: Awaited<ReturnType<typeof syncNamespace>>): unknown[] =>
  report.steps.map((step) => [step.kind, 'ids' in step ? step.ids : [], step.verified, step.problem]);

before(async () => {
  sites = await startPaired(['a1', 'a2', 'a3', 'a4', 'a5']);
  ctx = sites.ctx;
  await syncNamespace(ctx, policy());
});
after(() => sites.close());

test('a primary that went back in time deletes nothing and takes nothing back, however often it is looked at', async () => {
  const old = sites.oslo.practice.snapshot();
  await importKey(sites.oslo, 'payments', 'later', 21);
  await sites.oslo.must('PUT', '/keys/a1/restrictions/tags/later', keeper('payments'));
  await syncNamespace(ctx, policy());
  const now = sites.oslo.practice.snapshot();
  sites.oslo.practice.rollBack(old);
  await importKey(sites.oslo, 'payments', 'since', 22);
  for (let i = 0; i < 3; i++) {
    const report = await syncNamespace(ctx, policy());
    assert.deepEqual(kinds(report), i === 0 ? [['create', ['since'], 1, undefined]] : []);
    assert.deepEqual(
      report.alarms.map(({ kind, device }) => [kind, device]),
      [['restored', 'oslo']],
    );
    assert.ok((await idsOn(sites.bergen)).includes('later'));
    const { restrictions } = (await sites.bergen.must('GET', '/keys/a1', app('payments'))) as { restrictions: unknown };
    assert.deepEqual(restrictions, { tags: ['later'] });
  }
  sites.oslo.practice.rollBack(now);
  const report = await syncNamespace(ctx, policy());
  assert.deepEqual([kinds(report), report.alarms], [[], []]);
});

test('a replica that went back in time is brought forward', async () => {
  const old = sites.bergen.practice.snapshot();
  await importKey(sites.oslo, 'payments', 'newer', 23);
  await sites.oslo.must('DELETE', '/keys/a2', keeper('payments'));
  await syncNamespace(ctx, policy());
  sites.bergen.practice.rollBack(old);
  const report = await syncNamespace(ctx, policy());
  assert.deepEqual(
    report.alarms.map(({ kind, device }) => [kind, device]),
    [['restored', 'bergen']],
  );
  assert.deepEqual(kinds(report), [['create', ['newer'], 1, undefined]]);
  assert.ok((await idsOn(sites.bergen)).includes('a2'), 'what came back with it stays');
});

test('stand-ins of a broken run are removed, and the keys come', async () => {
  const standIn = {
    mechanisms: ['AES_Encryption_CBC'],
    type: 'Generic',
    label: 'replication.reserved',
    private: { data: Buffer.alloc(32, 1).toString('base64') },
  };
  await sites.bergen.must('PUT', '/keys/reserved', REPLICATOR, standIn);
  await importKey(sites.oslo, 'payments', 'reserved', 24);
  const report = await syncNamespace(ctx, policy());
  assert.deepEqual(kinds(report), [
    ['clear-stand-ins', ['reserved'], 1, undefined],
    ['create', ['reserved'], 1, undefined],
  ]);
  const [a, b] = await Promise.all(
    [sites.oslo, sites.bergen].map((site) => site.must('GET', '/keys/reserved', app('payments'))),
  );
  assert.deepEqual(a, b);
});

const unreachable = new Problem({ kind: 'unreachable', place: 'bergen', cause: 'no answer', remedy: 'Wait' });

test('a device that does not answer is told of, and its replica caught up later', async () => {
  await importKey(sites.oslo, 'payments', 'meanwhile', 25);
  const away: Context = {
    ...ctx,
    session: (name) => {
      const session = ctx.session(name);
      if (name !== 'bergen') return session;
      const fails = async (): Promise<never> => {
        throw unreachable;
      };
      return { ...session, node: { ...session.node, request: fails, open: fails } };
    },
  };
  const report = await syncNamespace(away, policy());
  assert.deepEqual([kinds(report), report.held.map(({ device }) => device)], [[], ['bergen']]);
  assert.match(report.held[0]?.reason as string, /out of reach since 0 min/);
  assert.deepEqual(kinds(await syncNamespace(ctx, policy())), [['create', ['meanwhile'], 1, undefined]]);
  assert.equal(ctx.journal.unreachableSince('bergen'), undefined);
});

test('a primary without the namespace is no reason to delete it anywhere', async () => {
  const before = await idsOn(sites.bergen);
  const whole = sites.oslo.practice.snapshot();
  await sites.oslo.must('DELETE', '/namespaces/payments', ADMIN);
  const rejected = (): Promise<void> =>
    assert.rejects(
      syncNamespace(ctx, policy()),
      (error) => isProblem(error, 'refused') && /no namespace/.test(error.message),
    );
  await rejected();
  await sites.oslo.must('PUT', '/namespaces/payments', ADMIN);
  const report = await syncNamespace(ctx, policy());
  assert.deepEqual([kinds(report), report.held.length > 0], [[], true]);
  assert.deepEqual(await idsOn(sites.bergen), before);
  sites.oslo.practice.rollBack(whole);
});

test('the keys of root follow too', async () => {
  const key = (byte: number) => ({
    mechanisms: ['EdDSA_Signature'],
    type: 'Curve25519',
    private: { data: Buffer.alloc(32, byte).toString('base64') },
  });
  const root = policy({ namespace: ROOT });
  await sites.oslo.must('PUT', '/keys/root1', ADMIN, key(41));
  const report = await syncNamespace(ctx, root);
  assert.deepEqual(kinds(report), [
    ['establish', [], 1, undefined],
    ['record', [], 1, undefined],
    ['create', ['root1'], 1, undefined],
  ]);
  await sites.oslo.must('DELETE', '/keys/root1', ADMIN);
  await sites.oslo.must('PUT', '/keys/root2', ADMIN, key(42));
  assert.deepEqual(kinds(await syncNamespace(ctx, root)), [
    ['create', ['root2'], 1, undefined],
    ['delete', ['root1'], 1, undefined],
  ]);
});

test('addresses that were exchanged are noticed before a keeper is removed from the wrong device', async () => {
  const { oslo, bergen } = sites;
  const named = (name: string): Session => ({ ...(name === 'oslo' ? bergen.session : oslo.session), name });
  const before = sites.ctx.journal.seen(policy().namespace, 'oslo');
  await assert.rejects(
    syncNamespace({ ...ctx, session: named }, policy()),
    (error) => isProblem(error, 'refused') && /was (oslo|bergen) before/.test(error.reason),
  );
  assert.deepEqual(sites.ctx.journal.seen(policy().namespace, 'oslo'), before);
  assert.equal((await oslo.ask('GET', '/keys', keeper('payments'))).status, 200);
});
