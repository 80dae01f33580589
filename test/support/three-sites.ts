/** Oslo with namespaces and keys, and Bergen and Tromsø paired with it: three devices of one domain. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Problem } from '../../core/problem.ts';
import type { Context } from '../../core/replication/context.ts';
import { pairDevices } from '../../core/transfer/pair.ts';
import { contextOf, type FakeClock, fakeClock } from './context.ts';
import { createNamespace, importKey, provision, type Site, startSite } from './sites.ts';

export const NAMES = ['oslo', 'bergen', 'tromso'] as const;

export interface ThreeSites {
  sites: Record<(typeof NAMES)[number], Site>;
  clock: FakeClock;
  folder: string;
  ctx: Context;
  close(): Promise<void>;
}

/** Starts them on one clock, with the keys of each namespace on Oslo; all private parts are different. */
export async function startThreeSites(keys: Readonly<Record<string, readonly string[]>>): Promise<ThreeSites> {
  const clock = fakeClock();
  const folder = await mkdtemp(join(tmpdir(), 'three-sites-'));
  const started = await Promise.all(NAMES.map((name) => startSite(name, { now: clock.now })));
  for (const site of started) await provision(site);
  const [oslo, bergen, tromso] = started as [Site, Site, Site];
  for (const [i, [namespace, ids]] of Object.entries(keys).entries()) {
    await createNamespace(oslo, namespace);
    for (const [n, id] of ids.entries()) await importKey(oslo, namespace, id, 10 * i + n + 1);
  }
  for (const { session } of [bergen, tromso]) {
    await pairDevices({ from: oslo.session, to: session }, { deviceBackups: join(folder, 'pairing') });
  }
  const ctx = contextOf(
    started.map(({ session }) => session),
    folder,
    { clock },
  );
  return {
    sites: { oslo, bergen, tromso },
    ...{ clock, folder, ctx },
    async close() {
      ctx.journal.close();
      for (const { session, practice } of started) {
        await session.device.close();
        await practice.close();
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The same engine while a device does not answer. */
export const cutOff = (ctx: Context, away: string): Context => ({
  ...ctx,
  session: (name) => {
    const session = ctx.session(name);
    if (name !== away) return session;
    const fails = async (): Promise<never> => {
      throw new Problem({ kind: 'unreachable', place: away, cause: 'no answer', remedy: 'Wait' });
    };
    return { ...session, node: { ...session.node, request: fails, open: fails } };
  },
});
