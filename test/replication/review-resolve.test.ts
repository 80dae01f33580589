/** A person's decision takes no key away for a device that lost it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isProblem } from '../../core/problem.ts';
import { switchover } from '../../core/replication/promote/switchover.ts';
import { resolveConflict } from '../../core/replication/resolve.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { policyFor } from '../support/context.ts';
import { idsOn, type Paired, startPaired } from '../support/paired.ts';
import { importKey, keeper } from '../support/sites.ts';

let sites: Paired;
before(async () => {
  sites = await startPaired(['a1']);
});
after(() => sites.close());

test('the last copy of a key does not go because the device that is kept was restored from before it', async () => {
  const policy = policyFor('payments', sites.folder);
  await syncNamespace(sites.ctx, policy);
  const state = sites.oslo.practice.snapshot();
  await importKey(sites.oslo, 'payments', 'k1', 2);
  await syncNamespace(sites.ctx, policy);
  sites.oslo.practice.rollBack(state);
  await assert.rejects(
    resolveConflict(sites.ctx, policy, { id: 'k1', keep: 'oslo' }),
    (error) => isProblem(error, 'refused') && /restored/.test(error.reason) && /--keep bergen/.test(error.remedy),
  );
  assert.deepEqual(await idsOn(sites.bergen), ['a1', 'k1']);
  await resolveConflict(sites.ctx, policy, { id: 'k1', keep: 'bergen' });
  assert.deepEqual(await idsOn(sites.oslo), ['a1', 'k1']);
});

test('what goes is told as gone, not as replaced', async () => {
  const policy = policyFor('payments', sites.folder);
  await switchover(sites.ctx, policy, 'oslo');
  await importKey(sites.oslo, 'payments', 'k2', 3);
  await syncNamespace(sites.ctx, policy);
  await sites.oslo.must('DELETE', '/keys/k2', keeper('payments'));
  await syncNamespace(sites.ctx, policy);
  await resolveConflict(sites.ctx, policy, { id: 'k2', keep: 'oslo' });
  assert.ok(!(await idsOn(sites.bergen)).includes('k2'));
  const told = sites.ctx.journal.activity(9).find(({ kind }) => kind === 'resolve');
  assert.match(told?.text ?? '', /oslo has no k2 .*it is deleted on bergen/);
});
