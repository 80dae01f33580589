/** A change of the primary between devices of two domains, whose keepers can not travel. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Context } from '../../core/replication/context.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { switchover } from '../../core/replication/promote/switchover.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { contextOf, fakeClock, policyFor } from '../support/context.ts';
import { createNamespace, importKey, keeper, type Sites, startSites } from '../support/sites.ts';

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
