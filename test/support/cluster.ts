import assert from 'node:assert/strict';
import { connectDevice } from '../../core/device/device.ts';
import type { Session } from '../../core/device/session.ts';
import { type Site, siteAt, startSite } from './sites.ts';

/** A device of two nodes: its site speaks to the first; `session` and `fromSecond` know both, each working on its own node. */
export interface Cluster extends Omit<Site, 'session'> {
  session: Session;
  fromSecond: Session;
  /** Plain requests to the second node. */
  second: Pick<Site, 'ask' | 'must'>;
  close(): Promise<void>;
}

export async function startCluster(name: string, options: Parameters<typeof startSite>[1] = {}): Promise<Cluster> {
  const site = await startSite(name, { nodes: 2, ...options });
  const urls = site.practice.nodes.map(({ url }) => url);
  const second = siteAt(name, urls[1] ?? assert.fail());
  const nodes = urls.map((url) => ({ url, tls: { kind: 'system' } as const }));
  const sessions = [0, 1].map((at): Session => {
    const device = connectDevice({ name, nodes }, { known: { check: () => 'known' } });
    return { ...site.session, device, node: device.nodes[at] ?? assert.fail() };
  });
  return {
    ...site,
    session: sessions[0] as Session,
    fromSecond: sessions[1] as Session,
    second,
    async close() {
      for (const { device } of [site.session, second.session, ...sessions]) await device.close();
      await site.practice.close();
    },
  };
}
