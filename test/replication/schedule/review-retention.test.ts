/** Older archives give way to a newer one only if that one can take their place. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Context } from '../../../core/replication/context.ts';
import type { Policy } from '../../../core/replication/policy.ts';
import { failover } from '../../../core/replication/promote/failover.ts';
import { switchover } from '../../../core/replication/promote/switchover.ts';
import { backupOnSchedule } from '../../../core/replication/schedule/backup-on-schedule.ts';
import { syncNamespace } from '../../../core/replication/sync.ts';
import { policyFor } from '../../support/context.ts';
import { type Paired, startPaired } from '../../support/paired.ts';
import { importKey, keeper, sessionOf } from '../../support/sites.ts';

let sites: Paired;
let directory: string;
let policy: Policy;
before(async () => {
  sites = await startPaired(['a1', 'a2', 'a3']);
  directory = join(sites.folder, 'backups');
  policy = { ...policyFor('payments', sites.folder), backups: { directory, keep: { last: 1 } } };
  await syncNamespace(sites.ctx, policy);
});
after(() => sites.close());

/** Makes one in the next hour; gives its name and those that gave way. */
async function backUp(ctx: Context = sites.ctx): Promise<{ name: string; pruned: string[] }> {
  sites.clock.advance(3_600_000);
  const { file, pruned } = await backupOnSchedule(ctx, policy);
  return { name: basename(file), pruned: pruned.map((path) => basename(path)) };
}
const told = (): string =>
  sites.ctx.journal
    .activity(3)
    .map(({ level, text }) => `${level}: ${text}`)
    .join('\n');

test('one of a replica, of a primary that went back, or of one that lost its keys takes no place', async () => {
  const first = await backUp();
  const away = sessionOf('oslo', 'http://127.0.0.1:9/api/v1');
  const ctx: Context = { ...sites.ctx, session: (name) => (name === 'oslo' ? away : sites.ctx.session(name)) };
  assert.deepEqual((await backUp(ctx)).pruned, []);
  assert.match(told(), /warning: 1 older archives? of payments stays?: .*no primary/);

  const state = sites.oslo.practice.snapshot();
  await importKey(sites.oslo, 'payments', 'a4', 4);
  await syncNamespace(sites.ctx, policy);
  sites.oslo.practice.rollBack(state);
  assert.deepEqual((await backUp()).pruned, []);
  assert.match(told(), /warning: 2 older archives of payments stay: oslo was restored/);

  await importKey(sites.oslo, 'payments', 'a4', 4);
  await switchover(sites.ctx, policy, 'oslo');
  await syncNamespace(sites.ctx, policy);
  for (const id of ['a1', 'a2', 'a3']) await sites.oslo.must('DELETE', `/keys/${id}`, keeper('payments'));
  assert.deepEqual((await backUp()).pruned, []);
  assert.match(told(), /warning: 3 older archives of payments stay: .*1 of 4 keys/);
  assert.ok((await readdir(directory)).includes(first.name));

  await syncNamespace(sites.ctx, policy);
  assert.equal((await backUp()).pruned.length, 4, 'once the journal knows it so');
});

test('one of a replica brings no keeper back: who came back to the replica would count as all there are', async () => {
  const away = sessionOf('oslo', 'http://127.0.0.1:9/api/v1');
  const ctx: Context = { ...sites.ctx, session: (name) => (name === 'oslo' ? away : sites.ctx.session(name)) };
  const replicator = await sites.bergen.session.namespaceAdministrator(policy.namespace);
  const stray = { realName: 'stray', role: 'Administrator', passphrase: 'strayPassphrase1' };
  await sites.bergen.must('PUT', '/users/payments~stray', replicator, stray);
  await backUp(ctx);
  const { keepers } = await failover(ctx, policy, 'bergen', { acceptLoss: true });
  assert.deepEqual(keepers, ['keeper']);
});
