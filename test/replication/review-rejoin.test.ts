/** What clashes when an old primary comes back waits for a person, also where a locked replica would follow. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Context } from '../../core/replication/context.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { withPrimary } from '../../core/replication/promote/candidate.ts';
import { failover } from '../../core/replication/promote/failover.ts';
import { rejoin } from '../../core/replication/promote/rejoin.ts';
import { resolveConflict } from '../../core/replication/resolve.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { policyFor } from '../support/context.ts';
import { importGeneric, useGeneric } from '../support/generic-keys.ts';
import { idsOn, type Paired, startPaired } from '../support/paired.ts';
import { keeper, sessionOf } from '../support/sites.ts';

let sites: Paired;
let policy: Policy;
before(async () => {
  sites = await startPaired(['a1', 'a2']);
  policy = { ...policyFor('payments', sites.folder), deletions: 'propagate' };
});
after(() => sites.close());

const makeGeneric = (id: string, byte: number) => importGeneric(sites.oslo, id, byte);
const use = (id: string) => useGeneric(sites, sites.oslo, id);

test('a key without a public part that the old primary made anew and used is not deleted for one that the new one deleted', async () => {
  await makeGeneric('g1', 1);
  await syncNamespace(sites.ctx, policy);
  await use('g1');
  await syncNamespace(sites.ctx, policy);
  const away = sessionOf('oslo', 'http://127.0.0.1:9/api/v1');
  const without: Context = { ...sites.ctx, session: (name) => (name === 'oslo' ? away : sites.ctx.session(name)) };
  await failover(without, policy, 'bergen', { acceptLoss: true });
  // Nothing stops the keepers of the old primary.
  await sites.oslo.must('DELETE', '/keys/g1', keeper('payments'));
  await makeGeneric('g1', 9);
  for (let i = 0; i < 2; i++) await use('g1');
  await sites.bergen.must('DELETE', '/keys/g1', keeper('payments'));

  const now = withPrimary(policy, 'bergen');
  await makeGeneric('own', 3);
  const { conflicts, warnings } = await rejoin(sites.ctx, { ...now, includes: (id) => id !== 'own' }, 'oslo');
  assert.match(warnings.join(), /1 key of oslo \(own\) does not travel .* was not brought to bergen/);
  assert.deepEqual(
    conflicts.map(({ id, kind }) => [id, kind]),
    [['g1', 'deleted-and-changed']],
  );
  for (let i = 0; i < 2; i++) {
    const later = await syncNamespace(sites.ctx, now);
    assert.deepEqual([later.steps, later.conflicts.map(({ id }) => id)], [[], ['g1']]);
  }
  assert.ok((await idsOn(sites.oslo)).includes('g1'), 'only Oslo ever had it');
  await resolveConflict(sites.ctx, now, { id: 'g1', keep: 'oslo' });
  assert.ok((await idsOn(sites.bergen)).includes('g1'));
  assert.deepEqual((await syncNamespace(sites.ctx, now)).conflicts, []);
});
