/** Three sites: a deletion that was brought to one site and taken back at its origin, while first the third and then that one is cut off. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseKeyId, parseNamespace } from '../../core/names.ts';
import type { Context } from '../../core/replication/context.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { backupNamespace } from '../../core/transfer/backup-namespace.ts';
import { restoreNamespace } from '../../core/transfer/restore-namespace.ts';
import { policyFor } from '../support/context.ts';
import { idsOn } from '../support/paired.ts';
import { keeper, type Site } from '../support/sites.ts';
import { cutOff, NAMES, startThreeSites, type ThreeSites } from '../support/three-sites.ts';

const IOT = parseNamespace('iot');
let three: ThreeSites;
let { sites, folder, ctx } = {} as ThreeSites;

before(async () => {
  three = await startThreeSites({ iot: ['a1', 'a2', 'a3', 'a4'] });
  ({ sites, folder, ctx } = three);
});
after(() => three.close());

const without = (away: string): Context => cutOff(ctx, away);
/** All three write, and deletions follow: so many at once. */
const atMost = (keys: number): Policy => ({
  ...policyFor('iot', folder),
  deletions: 'propagate',
  maxDeletions: { keys, percent: 100 },
  sites: { kind: 'two-way', sites: NAMES.map((device) => ({ device, owns: () => false })) },
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
  const policy = atMost(10);
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
  const policy = atMost(1);
  await sync(ctx, policy);
  const before = await idsOn(tromso, 'iot');
  await oslo.must('DELETE', '/keys/a1', keeper('iot'));
  await bergen.must('DELETE', '/keys/a3', keeper('iot'));
  const report = await syncNamespace(ctx, policy);
  assert.deepEqual(await idsOn(tromso, 'iot'), before);
  const held = report.held.filter(({ device }) => device === 'tromso');
  assert.deepEqual(held.flatMap(({ ids }) => ids).sort(), ['a1', 'a3']);
  for (const { reason } of held) assert.match(reason, /2 keys from all sites are more than maxDeletions allows/);
  await syncNamespace(ctx, atMost(2));
  await sync(ctx, atMost(2));
  assert.deepEqual(
    await idsOn(tromso, 'iot'),
    before.filter((id) => id !== 'a1' && id !== 'a3'),
  );
});
