/** Two practice devices of two nodes each, of one domain, made once and put back to their beginning for each story. */
import { createGate } from '../../practice/gate.ts';
import { type PracticeDevice, startPracticeDevice } from '../../practice/index.ts';
import { createMetrics } from '../../practice/metrics.ts';
import type { Machine, PracticeNode } from '../../practice/node.ts';
import { createQuota } from '../../practice/quota.ts';
import type { Store } from '../../practice/store.ts';
import { ADMIN, BACKUP, BACKUP_PASSPHRASE, METRICS, UNLOCK } from '../support/sites.ts';
import { type Ask, asker, must } from './network/ask.ts';
import { keeper, NAMESPACE, OPERATORS, operator, REPLICATOR, SECOND_KEEPER } from './people.ts';
import { drive } from './world/driver.ts';
import { world } from './world/world.ts';

export const DEVICES = ['bergen', 'oslo'] as const;
export type DeviceName = (typeof DEVICES)[number];

/** A device with the means to put it back to its beginning. */
export interface Site {
  name: DeviceName;
  practice: PracticeDevice;
  machine: Machine;
  nodes: PracticeNode[];
  /** Asks one of its nodes (the first when none is named) as a person or a program beside the engine does. */
  ask: Ask;
  /** The store and Domain Key as they were when the devices were ready. */
  beginning: { store: Store; domainKey: Buffer };
}

export type Sites = Readonly<Record<DeviceName, Site>>;

async function startSite(name: DeviceName): Promise<Omit<Site, 'beginning'>> {
  const practice = await startPracticeDevice({ deviceId: `dev-${name}`, nodes: 2, now: () => world().now });
  const nodes = practice.nodes.map(({ node }) => node);
  return { name, practice, nodes, machine: practice.node.machine, ask: asker(name, nodes) };
}

const user = (passphrase: string, role: string) => ({ realName: role, role, passphrase });

async function furnish({ ask }: Pick<Site, 'ask'>): Promise<void> {
  await must(ask, 'POST', '/provision', undefined, {
    unlockPassphrase: UNLOCK,
    adminPassphrase: ADMIN.passphrase,
    systemTime: new Date(world().now).toISOString(),
  });
  await must(ask, 'PUT', `/users/${BACKUP.user}`, ADMIN, user(BACKUP.passphrase, 'Backup'));
  await must(ask, 'PUT', `/users/${METRICS.user}`, ADMIN, user(METRICS.passphrase, 'Metrics'));
  const passphrases = { newPassphrase: BACKUP_PASSPHRASE, currentPassphrase: '' };
  await must(ask, 'PUT', '/config/backup-passphrase', ADMIN, passphrases);
  for (const each of [keeper, SECOND_KEEPER, REPLICATOR]) {
    await must(ask, 'PUT', `/users/${each.user}`, ADMIN, user(each.passphrase, 'Administrator'));
  }
  await must(ask, 'PUT', `/namespaces/${NAMESPACE}`, ADMIN);
  for (const name of OPERATORS) {
    const { user: id, passphrase } = operator(name);
    await must(ask, 'PUT', `/users/${id}`, keeper, user(passphrase, 'Operator'));
  }
}

/** Gives a device, empty as it is, the other's Domain Key and content. */
async function pair(from: Pick<Site, 'ask'>, to: Pick<Site, 'ask' | 'nodes'>): Promise<void> {
  const backup = await must(from.ask, 'POST', '/system/backup', BACKUP);
  const boundary = 'frontier';
  const part = (name: string, rest: string): string =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${rest}\r\n\r\n`;
  const body = Buffer.concat([
    Buffer.from(`${part('arguments', '')}${JSON.stringify({ backupPassphrase: BACKUP_PASSPHRASE })}\r\n`),
    Buffer.from(part('backup_file', '; filename="b"')),
    backup.body,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  await must(to.ask, 'POST', '/system/restore', undefined, body, {
    'content-type': `multipart/form-data; boundary=${boundary}`,
  });
  for (const node of to.nodes.keys())
    await must(to.ask, 'POST', '/unlock', undefined, { passphrase: UNLOCK }, {}, node);
}

/** Starts and pairs the devices: the only slow part, once in a process. */
export async function startSites(): Promise<Sites> {
  const [bergen, oslo] = [await startSite('bergen'), await startSite('oslo')];
  let failure: unknown;
  const work = (async () => {
    await furnish(oslo);
    await pair(oslo, bergen);
  })().catch((error: unknown) => {
    failure = error;
  });
  const stopped = await drive(work, async () => {});
  if (stopped !== undefined || failure !== undefined)
    throw failure ?? new Error(`the devices did not start: ${stopped}`);
  const ready = (site: Omit<Site, 'beginning'>): Site => ({
    ...site,
    beginning: { store: site.practice.snapshot(), domainKey: site.nodes[0]?.domainKey as Buffer },
  });
  return { bergen: ready(bergen), oslo: ready(oslo) };
}

/** Puts a device back to its beginning, as if nothing had ever happened to it. */
export function putBack({ machine, nodes, beginning }: Site): void {
  machine.store = beginning.store.snapshot();
  machine.quota = createQuota();
  machine.gate = createGate();
  for (const node of nodes) {
    Object.assign(node, {
      health: 'Operational',
      domainKey: beginning.domainKey,
      timeOffset: 0,
      bootedAt: world().now - 3_600_000,
      metrics: createMetrics(),
      countersWrittenAt: world().now,
      busy: undefined,
    });
    for (const each of [node.uses, node.users, node.punished]) each.clear();
    node.faults.length = 0;
  }
}
