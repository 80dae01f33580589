/** Three practice devices of one domain, made once and put back to their beginning for each story. */
import { startPracticeDevice } from '../../practice/index.ts';
import type { Site as SiteOfTwo, Sites as TwoSites } from '../simulation/devices.ts';
import { asker, must } from '../simulation/network/ask.ts';
import { NAMESPACE } from '../simulation/people.ts';
import { drive } from '../simulation/world/driver.ts';
import { world } from '../simulation/world/world.ts';
import { BACKUP, BACKUP_PASSPHRASE, createNamespace, provision, UNLOCK } from '../support/sites.ts';

export const NAMES = ['bergen', 'oslo', 'tromso'] as const;
export type Name = (typeof NAMES)[number];

export interface Site extends Omit<SiteOfTwo, 'name'> {
  name: Name;
}
export type Sites = Readonly<Record<Name, Site>>;

/** What the simulation of two sites does with a site, or with all of them, it does with any. */
export const asOfTwo = (site: Site): SiteOfTwo => site as unknown as SiteOfTwo;
export const asTwo = (sites: Sites): TwoSites => sites as unknown as TwoSites;

/** Does something with devices, which takes time in their world. */
export async function during<T>(work: Promise<T>): Promise<T> {
  const stopped = await drive(work, async () => {});
  if (stopped !== undefined) throw new Error(`the world stopped: ${stopped}`);
  return work;
}

type Empty = Omit<Site, 'beginning'>;

async function startSite(name: Name): Promise<Empty> {
  const practice = await startPracticeDevice({ deviceId: `dev-${name}`, now: () => world().now });
  const nodes = practice.nodes.map(({ node }) => node);
  return { name, practice, nodes, machine: practice.node.machine, ask: asker(name, nodes) };
}

async function furnish({ ask }: Empty): Promise<void> {
  const site = {
    must: (...[method, path, as, body]: Parameters<Parameters<typeof provision>[0]['must']>) =>
      must(ask, method, path, as, body as Record<string, unknown>),
  };
  await provision(site);
  await createNamespace(site, NAMESPACE);
}

/** Restores the whole of one device on another, which is empty. */
async function pair(from: Empty, to: Empty): Promise<void> {
  const { body } = await must(from.ask, 'POST', '/system/backup', BACKUP);
  const form = new FormData();
  form.set('arguments', JSON.stringify({ backupPassphrase: BACKUP_PASSPHRASE }));
  form.set('backup_file', new Blob([body]), 'backup');
  const sent = new Response(form);
  const type = { 'content-type': sent.headers.get('content-type') as string };
  await must(to.ask, 'POST', '/system/restore', undefined, Buffer.from(await sent.arrayBuffer()), type);
  await must(to.ask, 'POST', '/unlock', undefined, { passphrase: UNLOCK });
}

/** Starts and pairs the devices, with a namespace that has no keys. */
export async function startSites(): Promise<Sites> {
  const sites = await Promise.all(NAMES.map(startSite));
  const [first, ...others] = sites as [Empty, ...Empty[]];
  await during(furnish(first));
  for (const other of others) await during(pair(first, other));
  const ready = sites.map((site): [Name, Site] => {
    const domainKey = site.nodes[0]?.domainKey as Buffer;
    return [site.name, { ...site, beginning: { store: site.practice.snapshot(), domainKey } }];
  });
  return Object.fromEntries(ready) as Record<Name, Site>;
}
