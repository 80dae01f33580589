/** Changes of the primary that stop half-way: whoever was locked for them can write again, and a person is told of the others. */
import assert from 'node:assert/strict';
import { after, afterEach, before, mock, test } from 'node:test';
import type { Call, DeviceNode } from '../../core/device/node.ts';
import { isProblem, Problem } from '../../core/problem.ts';
import type { Context } from '../../core/replication/context.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { withPrimary } from '../../core/replication/promote/candidate.ts';
import { switchover } from '../../core/replication/promote/switchover.ts';
import { ensureKeepersArchive } from '../../core/replication/roles/keepers.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { policyFor } from '../support/context.ts';
import { importKey, keeper, N_PASSPHRASE, type Site } from '../support/sites.ts';
import { NAMES, startThreeSites, type ThreeSites } from '../support/three-sites.ts';

const NS = 'payments';
let three: ThreeSites;
before(async () => {
  three = await startThreeSites({ [NS]: ['first'] });
});
after(() => three.close());
afterEach(() => mock.restoreAll());

const mayWrite = async (site: Site, name = 'keeper'): Promise<boolean> =>
  (await site.ask('GET', '/keys', { ...keeper(NS), user: `${NS}~${name}` })).status === 200;
const addKeeper = (site: Site, name: string): Promise<unknown> =>
  three.ctx
    .session(site.name)
    .namespaceAdministrator(NS as never)
    .then((replicator) =>
      site.must('PUT', `/users/${NS}~${name}`, replicator, {
        realName: name,
        role: 'Administrator',
        passphrase: N_PASSPHRASE,
      }),
    );

/** Lets requests to a device that are like this one fail. */
function refuse(site: Site, isLike: (call: Call) => boolean): void {
  const node: DeviceNode = site.session.node;
  const request = node.request.bind(node);
  mock.method(node, 'request', async (call: Call, read: never) => {
    if (!isLike(call)) return request(call, read);
    throw new Problem({ kind: 'unexpected', place: site.name, cause: 'the device failed', remedy: 'Wait' });
  });
}

const twoWay = (): Policy => ({
  ...policyFor(NS, three.folder),
  sites: { kind: 'two-way', sites: NAMES.map((device) => ({ device, owns: () => false })) },
});

test('of three that write one stays: where the second can not be locked, the first can write again', async () => {
  const { oslo, bergen, tromso } = three.sites;
  await syncNamespace(three.ctx, twoWay());
  refuse(tromso, ({ endpoint, params }) => endpoint === 'deleteUser' && params?.user === `${NS}~keeper`);
  const one = withPrimary(twoWay(), 'oslo');
  await assert.rejects(switchover(three.ctx, one, 'oslo'), (error) => {
    assert.ok(isProblem(error, 'unexpected'), `${error}`);
    assert.match(error.remedy, /bergen and tromso are primaries still/);
    return true;
  });
  for (const site of [oslo, bergen, tromso]) assert.equal(await mayWrite(site), true, site.name);
});

test('a lock that breaks off half-way is undone from its own archive, not from a newer one of another device', async () => {
  const { oslo, bergen, tromso } = three.sites;
  const one = withPrimary(twoWay(), 'oslo');
  await switchover(three.ctx, one, 'oslo');
  await addKeeper(oslo, 'second');
  await switchover(three.ctx, one, 'bergen');
  await switchover(three.ctx, one, 'oslo');
  assert.deepEqual([await mayWrite(oslo), await mayWrite(oslo, 'second')], [true, true]);
  await addKeeper(tromso, 'stray');
  three.clock.advance(1_000);
  await ensureKeepersArchive(three.ctx, tromso.session, one, 'all');
  await syncNamespace(three.ctx, one);
  refuse(oslo, ({ endpoint, params }) => endpoint === 'deleteUser' && params?.user === `${NS}~second`);
  await assert.rejects(switchover(three.ctx, one, 'bergen'), (error) => isProblem(error, 'unexpected'));
  assert.deepEqual(
    [await mayWrite(oslo), await mayWrite(oslo, 'second'), await mayWrite(oslo, 'stray')],
    [true, true, false],
  );
  assert.equal(await mayWrite(bergen), false);
});

test('a lock that fails before anybody was removed brings nobody', async () => {
  const { oslo } = three.sites;
  const one = withPrimary(twoWay(), 'oslo');
  await addKeeper(three.sites.tromso, 'other');
  three.clock.advance(1_000);
  await ensureKeepersArchive(three.ctx, three.sites.tromso.session, one, 'all');
  await syncNamespace(three.ctx, one);
  let asked = 0;
  const ctx: Context = {
    ...three.ctx,
    async archivePassphrase() {
      asked += 1;
      if (asked > 1) return three.ctx.archivePassphrase();
      throw new Problem({ kind: 'unreadable', place: 'the passphrase', cause: 'it is not at hand', remedy: 'Wait' });
    },
  };
  await assert.rejects(switchover(ctx, one, 'bergen'), (error) => isProblem(error, 'unreadable'));
  assert.deepEqual([asked, await mayWrite(oslo), await mayWrite(oslo, 'other')], [1, true, false]);
});

test('a key that the filter leaves out is named, as it stays on the old primary', async () => {
  const one: Policy = { ...withPrimary(twoWay(), 'oslo'), includes: (id) => id !== 'own' };
  await importKey(three.sites.oslo, NS, 'own', 99);
  const { warnings } = await switchover(three.ctx, one, 'bergen');
  assert.match(warnings.join(), /1 key of oslo \(own\) does not travel .* was not brought to bergen/);
});
