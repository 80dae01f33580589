import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseNamespace } from '../../core/names.ts';
import { isProblem } from '../../core/problem.ts';
import type { Context } from '../../core/replication/context.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { resolveConflict } from '../../core/replication/resolve.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { policyFor } from '../support/context.ts';
import { type Paired, startPaired } from '../support/paired.ts';
import { app, importKey, keeper } from '../support/sites.ts';

const PAYMENTS = parseNamespace('payments');
let sites: Paired;
let ctx: Context;

/** Both sites write, ids are shared but those that begin with `oslo-`. */
const policy = (): Policy => ({
  ...policyFor('payments', sites.folder),
  deletions: 'propagate',
  sites: {
    kind: 'two-way',
    sites: [
      { device: 'oslo', owns: (id) => id.startsWith('oslo-') },
      { device: 'bergen', owns: () => false },
    ],
  },
});
const both = (): Paired['oslo'][] => [sites.oslo, sites.bergen];
const public_ = (site: Paired['oslo'], id: string): Promise<{ status: number; json: unknown }> =>
  site.ask('GET', `/keys/${id}`, app('payments'));
const requireSame = async (id: string): Promise<void> => {
  const [a, b] = await Promise.all(both().map((site) => public_(site, id)));
  assert.deepEqual(a, b);
};
const steps = async (): Promise<unknown[]> =>
  (await syncNamespace(ctx, policy())).steps.map((step) => [
    step.kind,
    step.device,
    'ids' in step ? step.ids : [],
    step.verified,
    step.problem,
  ]);

before(async () => {
  sites = await startPaired(['a1', 'a2', 'a3', 'a4']);
  ctx = sites.ctx;
});
after(() => sites.close());

test('keys of both sites meet, shared ids by way of stand-ins', async () => {
  await importKey(sites.oslo, 'payments', 'oslo-1', 11);
  await importKey(sites.oslo, 'payments', 'shared-o', 12);
  await importKey(sites.bergen, 'payments', 'shared-b', 13);
  assert.deepEqual(await steps(), [
    ['establish', 'oslo', [], 1, undefined],
    ['record', 'bergen', [], 1, undefined],
    ['create', 'oslo', ['shared-b'], 1, undefined],
    ['create', 'bergen', ['oslo-1', 'shared-o'], 2, undefined],
  ]);
  for (const id of ['oslo-1', 'shared-o', 'shared-b']) await requireSame(id);
  assert.deepEqual(await steps(), []);
});

test('a change of one side wins over no change, in both directions', async () => {
  await sites.oslo.must('PUT', '/keys/a1/restrictions/tags/one', keeper('payments'));
  await sites.bergen.must('PUT', '/keys/a2/label', keeper('payments'), { label: 'two' });
  await sites.bergen.must('DELETE', '/keys/a4', keeper('payments'));
  assert.deepEqual(await steps(), [
    ['update', 'oslo', ['a2'], 1, undefined],
    ['update', 'bergen', ['a1'], 1, undefined],
    ['delete', 'oslo', ['a4'], 1, undefined],
  ]);
  assert.deepEqual(await steps(), []);
});

test('two keys of one id stay until a person chooses; the other is archived', async () => {
  await importKey(sites.oslo, 'payments', 'clash', 31);
  await importKey(sites.bergen, 'payments', 'clash', 32);
  const report = await syncNamespace(ctx, policy());
  assert.deepEqual([report.steps, report.conflicts.map(({ id, kind }) => [id, kind])], [[], [['clash', 'other-key']]]);
  const wanted = await public_(sites.bergen, 'clash');
  const resolved = await resolveConflict(ctx, policy(), { id: 'clash', keep: 'bergen' });
  assert.deepEqual([resolved.asked, resolved.verified, resolved.conflicts], [1, 1, []]);
  assert.deepEqual(await public_(sites.oslo, 'clash'), wanted);
  const [archived] = ctx.journal.archivedValues(PAYMENTS).filter(({ id }) => id === 'clash');
  assert.deepEqual([archived?.device, archived?.reason], ['oslo', 'replaced by the key of bergen']);
  const after = await syncNamespace(ctx, policy());
  assert.deepEqual([after.steps, after.conflicts], [[], []]);
});

test('a key deleted here and changed there: keeping the side without it deletes it', async () => {
  await sites.oslo.must('DELETE', '/keys/a3', keeper('payments'));
  await sites.bergen.must('PUT', '/keys/a3/restrictions/tags/three', keeper('payments'));
  const report = await syncNamespace(ctx, policy());
  assert.deepEqual(
    report.conflicts.map(({ id, kind }) => [id, kind]),
    [['a3', 'deleted-and-changed']],
  );
  const resolved = await resolveConflict(ctx, policy(), { id: 'a3', keep: 'oslo' });
  assert.deepEqual([resolved.verified, resolved.steps[0]?.problem], [1, undefined]);
  assert.equal((await public_(sites.bergen, 'a3')).status, 404);
  assert.ok(ctx.journal.archivedValues(PAYMENTS).some(({ id, device }) => id === 'a3' && device === 'bergen'));
  assert.deepEqual(await steps(), []);
});

test('a user that both sides changed is decided by name', async () => {
  for (const site of both()) {
    await site.must('POST', '/users/payments~app/passphrase', keeper('payments'), {
      passphrase: site === sites.oslo ? 'passphrase of oslo' : 'passphrase of bergen',
    });
  }
  const report = await syncNamespace(ctx, policy());
  assert.deepEqual(
    report.conflicts.map(({ id }) => id),
    ['user app'],
  );
  const resolved = await resolveConflict(ctx, policy(), { id: 'user app', keep: 'bergen' });
  assert.deepEqual([resolved.asked, resolved.verified], [1, 1]);
  for (const site of both()) {
    await site.must('GET', '/keys', { ...app('payments'), passphrase: 'passphrase of bergen' });
    await site.must('POST', '/users/payments~app/passphrase', keeper('payments'), { passphrase: app('').passphrase });
  }
});

test('there must be something to decide', async () => {
  const rejected = (choice: { id: string; keep: string }, kind: 'not-found' | 'usage'): Promise<void> =>
    assert.rejects(resolveConflict(ctx, policy(), choice), (error) => isProblem(error, kind));
  await rejected({ id: 'a1', keep: 'oslo' }, 'not-found');
  await rejected({ id: 'a1', keep: 'tromso' }, 'usage');
});
