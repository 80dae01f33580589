/** A change of the primary between devices of two domains, whose keepers can not travel. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isProblem } from '../../core/problem.ts';
import type { Context } from '../../core/replication/context.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { withPrimary } from '../../core/replication/promote/candidate.ts';
import { failover } from '../../core/replication/promote/failover.ts';
import { rejoin } from '../../core/replication/promote/rejoin.ts';
import { switchover } from '../../core/replication/promote/switchover.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { contextOf, fakeClock, policyFor } from '../support/context.ts';
import { idsOn } from '../support/paired.ts';
import { createNamespace, importKey, keeper, type Sites, sessionOf, startSites } from '../support/sites.ts';

let sites: Sites;
let ctx: Context;
const policy = (): Policy => ({ ...policyFor('payments', sites.folder), transfer: 'import' });
before(async () => {
  const clock = fakeClock();
  sites = await startSites({ now: clock.now });
  await createNamespace(sites.bergen, 'payments');
  await importKey(sites.oslo, 'payments', 'first', 1);
  ctx = contextOf([sites.oslo.session, sites.bergen.session], sites.folder, { clock });
});
after(async () => {
  ctx.journal.close();
  await sites.close();
});
const mayWrite = async (name: 'oslo' | 'bergen'): Promise<boolean> =>
  (await sites[name].ask('GET', '/keys', keeper('payments'))).status === 200;

test('it gets its own keepers back, not those of the old primary, which it could not open', async () => {
  await syncNamespace(ctx, policy());
  assert.deepEqual([await mayWrite('oslo'), await mayWrite('bergen')], [true, false]);
  const report = await switchover(ctx, policy(), 'bergen');
  assert.deepEqual([report.epoch, report.primary, report.keepers], [2, 'bergen', ['keeper']]);
  assert.deepEqual([await mayWrite('oslo'), await mayWrite('bergen')], [false, true]);
  const back = await switchover(ctx, policy(), 'oslo');
  assert.deepEqual([back.epoch, back.keepers], [3, ['keeper']]);
});

test('an old primary that can not be compared, as keys may not be imported now, is not told to be back', async () => {
  const away = sessionOf('oslo', 'http://127.0.0.1:9/api/v1');
  const without: Context = { ...ctx, session: (name) => (name === 'oslo' ? away : ctx.session(name)) };
  await failover(without, policy(), 'bergen', { acceptLoss: true });
  await importKey(sites.oslo, 'payments', 'alone', 2);
  const now = withPrimary(policy(), 'bergen');
  await assert.rejects(
    rejoin(ctx, { ...now, transfer: 'sealed' }, 'oslo'),
    (error) => isProblem(error, 'refused') && /another Domain Key/.test(error.reason),
  );
  const { done } = await rejoin(ctx, now, 'oslo');
  assert.match(done.join(), /1 key that oslo made or changed alone is on bergen/);
  assert.deepEqual(await idsOn(sites.bergen), ['alone', 'first']);
});
