/**
 * A primary that goes back in time just as its mark is raised. A restore lets writes wait while reads go on with what was
 * before, so the new mark comes onto what was restored: nothing that the journal knew may be believed by it.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Context } from '../../core/replication/context.ts';
import type { Seen } from '../../core/replication/journal/journal.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { policyFor } from '../support/context.ts';
import { idsOn, type Paired, startPaired } from '../support/paired.ts';
import { importKey, keeper } from '../support/sites.ts';

let sites: Paired | undefined;
after(() => sites?.close());

/** Fresh devices that hold the same three keys, and a policy that lets deletions follow. */
async function startInSync(): Promise<Paired & { policy: Policy }> {
  await sites?.close();
  sites = await startPaired(['first', 'second', 'third']);
  const policy: Policy = {
    ...policyFor('payments', sites.folder),
    deletions: 'propagate',
    maxDeletions: { keys: 10, percent: 100 },
  };
  for (let i = 0; i < 2; i++) await syncNamespace(sites.ctx, policy);
  return { ...sites, policy };
}

/** A context whose journal lets something happen once, when it is told of a device that a mark is about to be written. */
function atMark(ctx: Context, device: string, happen: () => void): Context {
  let pending = true;
  const putSeen = (namespace: Parameters<Context['journal']['putSeen']>[0], name: string, seen: Seen): void => {
    ctx.journal.putSeen(namespace, name, seen);
    if (name !== device || seen.pendingMark === undefined || !pending) return;
    pending = false;
    happen();
  };
  return { ...ctx, journal: { ...ctx.journal, putSeen } };
}

const moments = {
  'after the marks were looked at': { device: 'bergen', says: /its mark of payments changed/ },
  'before the mark is written': { device: 'oslo', says: /its mark of payments changed/ },
};
for (const [moment, { device, says }] of Object.entries(moments)) {
  test(`back in time ${moment}: nothing goes because of it`, async () => {
    const { oslo, bergen, ctx, policy } = await startInSync();
    const old = oslo.practice.snapshot();
    for (const [i, id] of ['early-1', 'early-2'].entries()) await importKey(oslo, 'payments', id, 30 + i);
    for (let i = 0; i < 2; i++) await syncNamespace(ctx, policy);
    await importKey(oslo, 'payments', 'late', 40);
    await assert.rejects(
      syncNamespace(
        atMark(ctx, device, () => oslo.practice.rollBack(old)),
        policy,
      ),
      says,
    );
    // Writes that would explain it.
    for (let i = 0; i < 5; i++) {
      await oslo.must('PUT', '/keys/first/label', keeper('payments'), { label: `since ${i}` });
    }
    const { alarms } = await syncNamespace(ctx, policy);
    assert.deepEqual(
      alarms.map((alarm) => [alarm.kind, alarm.device]),
      [['restored', 'oslo']],
    );
    await syncNamespace(ctx, policy);
    assert.deepEqual(await idsOn(bergen), ['early-1', 'early-2', 'first', 'late', 'second', 'third']);
  });
}

test('to a state that has the same mark: what it lacks of what was just brought is not believed gone', async () => {
  const { oslo, bergen, ctx, policy } = await startInSync();
  const old = oslo.practice.snapshot();
  await importKey(oslo, 'payments', 'late', 40);
  await syncNamespace(
    atMark(ctx, 'oslo', () => oslo.practice.rollBack(old)),
    policy,
  );
  await oslo.must('PUT', '/keys/first/label', keeper('payments'), { label: 'since' });
  for (let i = 0; i < 2; i++) await syncNamespace(ctx, policy);
  assert.deepEqual(await idsOn(bergen), ['first', 'late', 'second', 'third']);
});
