import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from '../../core/replication/context.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { contextOf, type FakeClock, fakeClock, policyFor } from './context.ts';
import { createNamespace, provision, type Site, startSite } from './sites.ts';

/** Oslo, and Bergen as a cluster of two nodes, both with the namespace `payments`, on one clock; not paired. */
export interface Replicated {
  oslo: Site;
  bergen: Cluster;
  folder: string;
  clock: FakeClock;
  policy: Policy;
  ctx: Context;
  /** A context of somebody else. */
  contextFor(controller: string): Context;
  close(): Promise<void>;
}

export async function startReplicated(options: { creationPauseMs?: number; start?: number } = {}): Promise<Replicated> {
  const { start, ...device } = options;
  const clock = fakeClock(start);
  const folder = await mkdtemp(join(tmpdir(), 'replicated-'));
  const oslo = await startSite('oslo', { now: clock.now, ...device });
  const bergen = await startCluster('bergen', { now: clock.now, ...device });
  for (const site of [oslo, bergen]) {
    await provision(site);
    await createNamespace(site, 'payments');
  }
  const contexts: Context[] = [];
  const contextFor = (controller: string): Context => {
    const ctx = contextOf([oslo.session, bergen.session], folder, { clock, controller });
    contexts.push(ctx);
    return ctx;
  };
  return {
    oslo,
    bergen,
    folder,
    clock,
    policy: policyFor('payments', folder),
    ctx: contextFor('run@test'),
    contextFor,
    async close() {
      for (const { journal } of contexts) journal.close();
      await bergen.close();
      await oslo.session.device.close();
      await oslo.practice.close();
      await rm(folder, { recursive: true });
    },
  };
}
