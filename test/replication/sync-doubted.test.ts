/** What the journal knew of a device that is not as we left it: nothing of it is believed later, whatever a run did not look at. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseKeyId } from '../../core/names.ts';
import type { Context } from '../../core/replication/context.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { copyKeys } from '../../core/transfer/copy-keys.ts';
import { contextOf, policyFor } from '../support/context.ts';
import { idsOn, keysOn } from '../support/paired.ts';
import { importKey, keeper } from '../support/sites.ts';
import { cutOff, startThreeSites, type ThreeSites } from '../support/three-sites.ts';

let three: ThreeSites;
let { sites, clock, folder, ctx } = {} as ThreeSites;

before(async () => {
  three = await startThreeSites({ payments: ['a1', 'a2', 'a3'], iot: ['a1', 'a2', 'a3'] });
  ({ sites, clock, folder, ctx } = three);
});
after(() => three.close());

const rules = (namespace: string, over: Partial<Policy>): Policy => ({
  ...policyFor(namespace, folder),
  deletions: 'propagate',
  maxDeletions: { keys: 100, percent: 100 },
  ...over,
});
const steps = async (context: Context, policy: Policy): Promise<unknown[]> =>
  (await syncNamespace(context, policy)).steps.map((step) => [step.kind, step.device, 'ids' in step ? step.ids : []]);

test('a key that the filter leaves out while a site goes back in time comes back to it', async () => {
  const { oslo, bergen } = sites;
  const owners = ['bergen', 'oslo'].map((device) => ({ device, owns: () => false }));
  const policy = rules('iot', { sites: { kind: 'two-way', sites: owners } });
  for (let i = 0; i < 2; i++) await steps(ctx, policy);
  const old = oslo.practice.snapshot();
  await importKey(oslo, 'iot', 'key', 30);
  for (let i = 0; i < 2; i++) await steps(ctx, policy);
  oslo.practice.rollBack(old);
  assert.deepEqual(await steps(ctx, { ...policy, includes: (id) => id !== 'key' }), []);
  await oslo.must('PUT', '/keys/a1/label', keeper('iot'), { label: 'since' });
  assert.deepEqual(await steps(ctx, policy), [
    ['create', 'oslo', ['key']],
    ['update', 'bergen', ['a1']],
  ]);
  assert.ok((await idsOn(bergen, 'iot')).includes('key'));
});

test('a replica that is away while another controller is seen to have worked on the primary loses nothing', async () => {
  const { oslo, bergen, tromso } = sites;
  const policy = rules('payments', { sites: { kind: 'one-way', primary: 'oslo', replicas: ['bergen', 'tromso'] } });
  for (let i = 0; i < 2; i++) await steps(ctx, policy);
  const old = oslo.practice.snapshot();
  await importKey(oslo, 'payments', 'key', 40);
  for (let i = 0; i < 2; i++) await steps(ctx, policy);
  oslo.practice.rollBack(old);
  const sessions = [oslo, bergen, tromso].map(({ session }) => session);
  const other = contextOf(sessions, folder, { clock, controller: 'other@test' });
  await steps(cutOff(other, 'tromso'), policy);
  other.journal.close();
  const without: Policy = { ...policy, sites: { kind: 'one-way', primary: 'oslo', replicas: ['bergen'] } };
  assert.deepEqual(await steps(ctx, without), []);
  await oslo.must('PUT', '/keys/a1/label', keeper('payments'), { label: 'since' });
  const updates = ['bergen', 'tromso'].map((device) => ['update', device, ['a1']]);
  assert.deepEqual(await steps(ctx, policy), updates);
  assert.ok((await idsOn(tromso)).includes('key'));
});

test('a device that goes back in time between the look and the lease does not make what it had be deleted elsewhere', async () => {
  const { oslo, bergen } = sites;
  const policy = rules('payments', { sites: { kind: 'one-way', primary: 'oslo', replicas: ['bergen'] } });
  for (let i = 0; i < 2; i++) await steps(ctx, policy);
  const old = oslo.practice.snapshot();
  await importKey(oslo, 'payments', 'carried', 41);
  const carried = { from: oslo.session, to: bergen.session, namespace: policy.namespace, ids: [parseKeyId('carried')] };
  await copyKeys(carried, { deviceBackups: join(folder, 'carried') });
  let wentBack = false;
  const random: Context['random'] = (size) => {
    // The first that is asked for after the look: the nonce of the lease.
    if (!wentBack) oslo.practice.rollBack(old);
    wentBack = true;
    return ctx.random(size);
  };
  await steps({ ...ctx, random }, policy);
  assert.ok(wentBack);
  await steps(ctx, policy);
  assert.ok((await idsOn(bergen)).includes('carried'));
});

test('a key that is made anew between the backup and its reading is not replaced by its old self', async () => {
  const { oslo, bergen } = sites;
  const owners = ['bergen', 'oslo'].map((device) => ({ device, owns: () => false }));
  const policy = rules('iot', { sites: { kind: 'two-way', sites: owners } });
  const label = (id: string, text: string): Promise<unknown> =>
    bergen.must('PUT', `/keys/${id}/label`, keeper('iot'), { label: text });
  // Of a2 the journal knows what it shows, of a3 only its bytes.
  await label('a2', 'read');
  for (let i = 0; i < 3; i++) await steps(ctx, policy);
  for (const id of ['a2', 'a3']) await label(id, 'since');
  const left = new Set(['a2', 'a3']);
  const { node } = ctx.session('oslo');
  const asItIs = node.request;
  node.request = async (call, read) => {
    const id = call.endpoint === 'getKey' ? (call.params?.key ?? '') : '';
    if (left.delete(id)) {
      await oslo.must('DELETE', `/keys/${id}`, keeper('iot'));
      await importKey(oslo, 'iot', id, id === 'a2' ? 52 : 53);
    }
    return asItIs(call, read);
  };
  const shown = async (): Promise<unknown[]> => {
    const keys = await keysOn(oslo, 'iot');
    return ['a2', 'a3'].map((id) => (keys[id] as { public?: unknown } | undefined)?.public);
  };
  const before = await shown();
  await syncNamespace(ctx, policy);
  node.request = asItIs;
  assert.equal(left.size, 0);
  const remade = await shown();
  assert.ok(remade.every((key, i) => key !== undefined && JSON.stringify(key) !== JSON.stringify(before[i])));
  const report = await syncNamespace(ctx, policy);
  assert.deepEqual(await shown(), remade);
  assert.deepEqual(report.conflicts.map(({ id }) => id).sort(), ['a2', 'a3']);
});
