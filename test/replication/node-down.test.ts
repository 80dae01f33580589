/** A cluster of which one node is away: nothing that matters at night waits for it. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connectDevice } from '../../core/device/device.ts';
import type { Session } from '../../core/device/session.ts';
import type { Context } from '../../core/replication/context.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { failover } from '../../core/replication/promote/failover.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { pairDevices } from '../../core/transfer/pair.ts';
import { contextOf, fakeClock, policyFor } from '../support/context.ts';
import { createNamespace, importKey, keeper, provision, type Site, sessionOf, startSite } from '../support/sites.ts';

const DEAD = 'http://127.0.0.1:9/api/v1';
let oslo: Site;
let bergen: Site;
let folder: string;
let halved: Session;
let ctx: Context;
let policy: Policy;

before(async () => {
  const clock = fakeClock(Date.now());
  folder = await mkdtemp(join(tmpdir(), 'node-down-'));
  [oslo, bergen] = [await startSite('oslo', { now: clock.now }), await startSite('bergen', { now: clock.now })];
  for (const site of [oslo, bergen]) await provision(site);
  await createNamespace(oslo, 'payments');
  await pairDevices({ from: oslo.session, to: bergen.session }, { deviceBackups: join(folder, 'backups') });
  const nodes = [bergen.practice.url, DEAD].map((url) => ({ url, tls: { kind: 'system' } as const }));
  const device = connectDevice({ name: 'bergen', nodes }, { known: { check: () => 'known' } });
  halved = { ...bergen.session, device, node: device.nodes[0] ?? assert.fail() };
  policy = policyFor('payments', folder);
  ctx = contextOf([oslo.session, halved], folder, { clock });
});
after(async () => {
  ctx.journal.close();
  for (const device of [halved.device, oslo.session.device, bergen.session.device]) await device.close();
  for (const site of [oslo, bergen]) await site.practice.close();
  await rm(folder, { recursive: true });
});

test('synchronising, locking and a failover go on with the node that answers', async () => {
  await importKey(oslo, 'payments', 'card-1', 1);
  const report = await syncNamespace(ctx, policy);
  assert.deepEqual([report.stopped, report.verified], [undefined, report.asked]);
  assert.equal((await bergen.ask('GET', '/keys', keeper('payments'))).status, 401, 'the replica is locked');
  const lost: Context = {
    ...ctx,
    session: (name) => (name === 'oslo' ? sessionOf('oslo', DEAD) : ctx.session(name)),
  };
  const { primary, keepers } = await failover(lost, policy, 'bergen', { acceptLoss: true });
  assert.deepEqual([primary, keepers], ['bergen', ['keeper']]);
  await importKey(bergen, 'payments', 'card-2', 2);
});
