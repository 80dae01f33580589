/** The way back to a locked replica whose replicator nobody can log in as any more. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Context } from '../../core/replication/context.ts';
import { breakGlass } from '../../core/replication/promote/break-glass.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { policyFor } from '../support/context.ts';
import { type Paired, startPaired } from '../support/paired.ts';
import { keeper } from '../support/sites.ts';

let sites: Paired;
before(async () => {
  sites = await startPaired(['a1']);
});
after(() => sites.close());

test('keepers come back where the replicator has another passphrase, and give it a new one', async () => {
  const policy = policyFor('payments', sites.folder);
  await syncNamespace(sites.ctx, policy);
  const wrong = { user: 'payments~replicator', passphrase: 'not the one any more' };
  const ctx: Context = {
    ...sites.ctx,
    session: (name) => ({ ...sites.ctx.session(name), namespaceAdministrator: async () => wrong }),
  };
  assert.deepEqual((await breakGlass(ctx, policy, 'bergen')).keepers, ['keeper']);
  const passphrase = 'newPassphrase1';
  await sites.bergen.must('POST', '/users/payments~replicator/passphrase', keeper('payments'), { passphrase });
  await sites.bergen.must('GET', '/keys/a1', { user: 'payments~replicator', passphrase });
});
