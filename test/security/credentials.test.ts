/** Which secrets each piece of work takes at source and target: just those, so that each agent can have the least. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Session } from '../../core/device/session.ts';
import { findDrift } from '../../core/inventory/drift.ts';
import { readInventory } from '../../core/inventory/read.ts';
import { parseKeyId, parseNamespace } from '../../core/names.ts';
import type { Context } from '../../core/replication/context.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { breakGlass } from '../../core/replication/promote/break-glass.ts';
import { withPrimary } from '../../core/replication/promote/candidate.ts';
import { failover } from '../../core/replication/promote/failover.ts';
import { rejoin } from '../../core/replication/promote/rejoin.ts';
import { switchover } from '../../core/replication/promote/switchover.ts';
import { resolveConflict } from '../../core/replication/resolve.ts';
import { readRoles } from '../../core/replication/roles/read-roles.ts';
import { namespaceStatus } from '../../core/replication/status.ts';
import { planFor, syncNamespace } from '../../core/replication/sync.ts';
import { backupDevice } from '../../core/transfer/backup-device.ts';
import { backupNamespace, verifyArchive } from '../../core/transfer/backup-namespace.ts';
import { copyKeys } from '../../core/transfer/copy-keys.ts';
import { pairDevices } from '../../core/transfer/pair.ts';
import { restoreNamespace } from '../../core/transfer/restore-namespace.ts';
import { policyFor } from '../support/context.ts';
import { type Paired, startPaired } from '../support/paired.ts';
import { importKey, type Site, type Sites, startSites } from '../support/sites.ts';

const PAYMENTS = parseNamespace('payments');
const passphrase = 'archive passphrase';
let sites: Sites;
let deviceBackups: string;
before(async () => {
  sites = await startSites();
  deviceBackups = join(sites.folder, 'device-backups');
  await importKey(sites.oslo, 'payments', 'k1', 1);
});
after(() => sites.close());

/** A session that notes which secrets were asked of it. */
function watched({ session }: Site): { session: Session; asked: Set<string> } {
  const asked = new Set<string>();
  const note =
    <A extends unknown[], R>(name: string, get: (...args: A) => R) =>
    (...args: A): R => {
      asked.add(name);
      return get(...args);
    };
  return {
    asked,
    session: {
      ...session,
      administrator: note('R-Administrator', session.administrator),
      backup: note('Backup', session.backup),
      metrics: note('Metrics', session.metrics),
      namespaceAdministrator: note('N-Administrator', session.namespaceAdministrator),
      backupPassphrase: note('backup passphrase', session.backupPassphrase),
      unlockPassphrase: note('unlock passphrase', session.unlockPassphrase),
    },
  };
}

async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

type Work = (from: Session, to: Session) => Promise<unknown>;
const file = (name: string) => join(sites.folder, name);
/** Pairing comes first, so that the others have two devices of one domain. */
const WORK: [verb: string, work: Work][] = [
  ['pair', (from, to) => pairDevices({ from, to, erase: 'bergen' }, { deviceBackups })],
  ['inventory', (from) => drain(readInventory(from, PAYMENTS, { onUnreadable: assert.fail }))],
  ['diff', (from, to) => findDrift(from, to, PAYMENTS)],
  ['backup', (from) => backupNamespace(from, PAYMENTS, { out: file('a.archive'), passphrase })],
  ['verify', () => verifyArchive(file('a.archive'), passphrase)],
  [
    'restore',
    (_, to) =>
      restoreNamespace(
        to,
        { file: file('a.archive'), passphrase, namespace: PAYMENTS, users: true },
        { deviceBackups },
      ),
  ],
  ['copy-key', (from, to) => copyKeys({ from, to, namespace: PAYMENTS, ids: [parseKeyId('k2')] }, { deviceBackups })],
  ['backup-device', (from) => backupDevice(from, file('whole.bin'))],
];

/** A primary and its replica, as a run of replication gets them. */
interface Roles {
  ctx: Context;
  policy: Policy;
  people: Paired;
}

/** In their order, each after the one before; Oslo is primary at first, Bergen later. */
const REPLICATION: [verb: string, primary: 'oslo' | 'bergen', work: (roles: Roles) => Promise<unknown>][] = [
  ['roles', 'oslo', ({ ctx, policy }) => readRoles(ctx, policy)],
  ['plan', 'oslo', ({ ctx, policy }) => planFor(ctx, policy)],
  ['sync', 'oslo', ({ ctx, policy }) => syncNamespace(ctx, policy)],
  ['status', 'oslo', ({ ctx, policy }) => namespaceStatus(ctx, policy)],
  ['break-glass', 'oslo', ({ ctx, policy }) => breakGlass(ctx, policy, 'bergen')],
  ['promote', 'oslo', ({ ctx, policy }) => switchover(ctx, policy, 'bergen')],
  [
    'promote --failover',
    'bergen',
    ({ ctx, policy, people }) => {
      people.bergen.practice.nodes[0]?.inject({ kind: 'cut-before', times: 1e9 });
      return failover(ctx, policy, 'oslo', { acceptLoss: true });
    },
  ],
  [
    'rejoin',
    'oslo',
    async ({ ctx, policy, people }) => {
      people.bergen.practice.nodes[0]?.clearFaults();
      await importKey(people.bergen, 'payments', 'clash', 8);
      await importKey(people.oslo, 'payments', 'clash', 9);
      await rejoin(ctx, policy, 'bergen');
    },
  ],
  ['conflicts --resolve', 'oslo', ({ ctx, policy }) => resolveConflict(ctx, policy, { id: 'clash', keep: 'oslo' })],
];

/** The table of the threat model: verb, then what is needed at source and target. */
function documented(): Map<string, [string, string]> {
  const text = readFileSync(new URL('../../docs/threat-model.md', import.meta.url), 'utf8');
  const rows = text.matchAll(/^\| `([a-z -]+)` *\|([^|]*)\|([^|]*)\|$/gm);
  return new Map([...rows].map(([, verb = '', source = '', target = '']) => [verb, [source.trim(), target.trim()]]));
}

const words = (asked: Set<string>): string => (asked.size === 0 ? 'none' : [...asked].sort().join(', '));

test('each verb asks for what the threat model says, and for nothing else', async () => {
  const found = new Map<string, [string, string]>();
  for (const [verb, work] of WORK) {
    if (verb === 'copy-key') await importKey(sites.oslo, 'payments', 'k2', 2);
    const [from, to] = [watched(sites.oslo), watched(sites.bergen)];
    await work(from.session, to.session);
    found.set(verb, [words(from.asked), words(to.asked)]);
  }
  const people = await startPaired(['k1']);
  try {
    for (const [verb, primary, work] of REPLICATION) {
      const devices = { oslo: watched(people.oslo), bergen: watched(people.bergen) };
      const replica = primary === 'oslo' ? 'bergen' : 'oslo';
      const ctx: Context = { ...people.ctx, session: (name) => devices[name as 'oslo'].session };
      await work({ ctx, policy: withPrimary(policyFor('payments', people.folder), primary), people });
      found.set(verb, [words(devices[primary].asked), words(devices[replica].asked)]);
    }
  } finally {
    await people.close();
  }
  assert.deepEqual(Object.fromEntries(documented()), Object.fromEntries(found));
});
