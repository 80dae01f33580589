/** Three sites: a deletion that was brought to one site and taken back at its origin, while first the third and then that one is cut off. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseKeyId, parseNamespace } from '../../core/names.ts';
import { Problem } from '../../core/problem.ts';
import type { Context } from '../../core/replication/context.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { backupNamespace } from '../../core/transfer/backup-namespace.ts';
import { pairDevices } from '../../core/transfer/pair.ts';
import { restoreNamespace } from '../../core/transfer/restore-namespace.ts';
import { contextOf, fakeClock, policyFor } from '../support/context.ts';
import { idsOn } from '../support/paired.ts';
import { createNamespace, importKey, keeper, provision, type Site, startSite } from '../support/sites.ts';

const NAMES = ['oslo', 'bergen', 'tromso'] as const;
const IOT = parseNamespace('iot');
const clock = fakeClock();
let sites: Record<(typeof NAMES)[number], Site>;
let folder: string;
let ctx: Context;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taken-back-'));
  const started = await Promise.all(NAMES.map((name) => startSite(name, { now: clock.now })));
  for (const site of started) await provision(site);
  const [oslo, bergen, tromso] = started as [Site, Site, Site];
  sites = { oslo, bergen, tromso };
  await createNamespace(oslo, 'iot');
  for (let n = 1; n <= 4; n++) await importKey(oslo, 'iot', `a${n}`, n);
  for (const { session } of [bergen, tromso]) {
    await pairDevices({ from: oslo.session, to: session }, { deviceBackups: join(folder, 'pairing') });
  }
  ctx = contextOf(
    started.map(({ session }) => session),
    folder,
    { clock },
  );
});
after(async () => {
  ctx.journal.close();
  for (const { session, practice } of Object.values(sites)) {
    await session.device.close();
    await practice.close();
  }
  await rm(folder, { recursive: true, force: true });
});

const without = (away: string): Context => ({
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
const sync = async (context: Context, policy: Policy): Promise<void> => {
  for (let i = 0; i < 2; i++) await syncNamespace(context, policy);
};
/** Writes that would explain a deletion. */
async function write(site: Site, times = 3): Promise<void> {
  for (let i = 0; i < times; i++)
    await site.must('PUT', '/keys/a2/label', keeper('iot'), { label: `${site.name} ${i}` });
}

test('what was brought to a site is not taken for a deletion of its own', async () => {
  const { oslo, bergen, tromso } = sites;
  const policy: Policy = {
    ...policyFor('iot', folder),
    deletions: 'propagate',
    maxDeletions: { keys: 10, percent: 100 },
    sites: { kind: 'two-way', sites: NAMES.map((device) => ({ device, owns: () => false })) },
  };
  await sync(ctx, policy);
  const archive = { out: join(folder, 'iot.nethsm-archive'), passphrase: 'archive passphrase' };
  await backupNamespace(oslo.session, IOT, archive, {});

  await oslo.must('DELETE', '/keys/a1', keeper('iot'));
  await sync(without('tromso'), policy);
  assert.deepEqual(await idsOn(bergen, 'iot'), ['a2', 'a3', 'a4']);
  const only = { only: parseKeyId('a1'), users: false, namespace: IOT };
  await restoreNamespace(
    oslo.session,
    { file: archive.out, passphrase: archive.passphrase, ...only },
    { deviceBackups: join(folder, 'x') },
  );
  await sync(without('bergen'), policy);
  assert.ok((await idsOn(tromso, 'iot')).includes('a1'));
  await write(bergen);
  await sync(without('oslo'), policy);
  assert.ok((await idsOn(tromso, 'iot')).includes('a1'), 'it is on tromso still');
  await write(tromso);
  await sync(without('bergen'), policy);
  assert.ok((await idsOn(oslo, 'iot')).includes('a1'), 'and on oslo');
  await sync(ctx, policy);
  for (const site of Object.values(sites)) assert.ok((await idsOn(site, 'iot')).includes('a1'));
});

test('the limit of deletions is one of the device, whatever number of sites they come from', async () => {
  const { oslo, bergen, tromso } = sites;
  const policy: Policy = {
    ...policyFor('iot', folder),
    deletions: 'propagate',
    maxDeletions: { keys: 1, percent: 100 },
    sites: { kind: 'two-way', sites: NAMES.map((device) => ({ device, owns: () => false })) },
  };
  await sync(ctx, policy);
  const before = await idsOn(tromso, 'iot');
  await oslo.must('DELETE', '/keys/a1', keeper('iot'));
  await bergen.must('DELETE', '/keys/a3', keeper('iot'));
  const report = await syncNamespace(ctx, policy);
  assert.deepEqual(await idsOn(tromso, 'iot'), before);
  const held = report.held.filter(({ device }) => device === 'tromso');
  assert.deepEqual(held.flatMap(({ ids }) => ids).sort(), ['a1', 'a3']);
  for (const { reason } of held) assert.match(reason, /2 keys from all sites are more than maxDeletions allows/);
  await syncNamespace(ctx, { ...policy, maxDeletions: { keys: 2, percent: 100 } });
  await sync(ctx, { ...policy, maxDeletions: { keys: 2, percent: 100 } });
  assert.deepEqual(
    await idsOn(tromso, 'iot'),
    before.filter((id) => id !== 'a1' && id !== 'a3'),
  );
});
