/** Two controllers with journals of their own and one second place of archives. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Context } from '../../core/replication/context.ts';
import { failover } from '../../core/replication/promote/failover.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { contextOf, policyFor } from '../support/context.ts';
import { type Paired, startPaired } from '../support/paired.ts';
import { sessionOf } from '../support/sites.ts';

let sites: Paired;
before(async () => {
  sites = await startPaired(['a1']);
});
after(() => sites.close());

test('a keeper who came back to a replica that another controller had locked does not count as all there are', async () => {
  const policy = policyFor('payments', sites.folder);
  await syncNamespace(sites.ctx, policy);
  const replicator = await sites.bergen.session.namespaceAdministrator(policy.namespace);
  const stray = { realName: 'stray', role: 'Administrator', passphrase: 'strayPassphrase1' };
  await sites.bergen.must('PUT', '/users/payments~stray', replicator, stray);
  sites.clock.advance(60_000);
  const sessions = [sites.oslo.session, sites.bergen.session];
  const other = contextOf(sessions, sites.folder, { clock: sites.clock, controller: 'other@test' });
  const { steps } = await syncNamespace(other, policy);
  other.journal.close();
  assert.deepEqual(
    steps.map(({ kind, device, problem }) => [kind, device, problem]),
    [['lock', 'bergen', undefined]],
  );
  const away = sessionOf('oslo', 'http://127.0.0.1:9/api/v1');
  const ctx: Context = { ...sites.ctx, session: (name) => (name === 'oslo' ? away : sites.ctx.session(name)) };
  const { keepers } = await failover(ctx, policy, 'bergen', { acceptLoss: true });
  assert.deepEqual(keepers, ['keeper']);
});
