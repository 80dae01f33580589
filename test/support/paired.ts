/** Oslo with a few keys in `payments`, and Bergen paired with it: two devices of one domain to replicate between. */
import { join } from 'node:path';
import type { Context } from '../../core/replication/context.ts';
import { pairDevices } from '../../core/transfer/pair.ts';
import { contextOf, type FakeClock, fakeClock } from './context.ts';
import { app, importKey, type Site, type Sites, startSites } from './sites.ts';

export interface Paired extends Sites {
  clock: FakeClock;
  ctx: Context;
}

/** Starts both, on one clock. Keys are numbered from 1 by their private part. */
export async function startPaired(keys: readonly string[], clock: FakeClock = fakeClock()): Promise<Paired> {
  const sites = await startSites({ now: clock.now });
  for (const [i, id] of keys.entries()) await importKey(sites.oslo, 'payments', id, i + 1);
  const sessions = [sites.oslo.session, sites.bergen.session] as const;
  await pairDevices({ from: sessions[0], to: sessions[1] }, { deviceBackups: join(sites.folder, 'pairing') });
  const ctx = contextOf(sessions, sites.folder, { clock });
  return {
    ...sites,
    clock,
    ctx,
    async close() {
      ctx.journal.close();
      await sites.close();
    },
  };
}

/** The ids of the keys on a device, in order. */
export const idsOn = async (site: Pick<Site, 'must'>, namespace = 'payments'): Promise<string[]> =>
  ((await site.must('GET', '/keys', app(namespace))) as { id: string }[]).map(({ id }) => id);

/** All keys on a device by id, as its Operators see them. */
export async function keysOn(site: Pick<Site, 'must'>, namespace = 'payments'): Promise<Record<string, unknown>> {
  const ids = await idsOn(site, namespace);
  const facts = await Promise.all(ids.map((id) => site.must('GET', `/keys/${id}`, app(namespace))));
  return Object.fromEntries(ids.map((id, i) => [id, facts[i]]));
}
