/** What the journal knew of a device that is not as we left it: nothing of it is believed later, whatever a run did not look at. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseKeyId } from '../../core/names.ts';
import { Problem } from '../../core/problem.ts';
import type { Context } from '../../core/replication/context.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { copyKeys } from '../../core/transfer/copy-keys.ts';
import { pairDevices } from '../../core/transfer/pair.ts';
import { contextOf, fakeClock, policyFor } from '../support/context.ts';
import { idsOn, keysOn } from '../support/paired.ts';
import { createNamespace, importKey, keeper, provision, type Site, startSite } from '../support/sites.ts';

const NAMES = ['oslo', 'bergen', 'tromso'] as const;
const clock = fakeClock();
let sites: Record<(typeof NAMES)[number], Site>;
let folder: string;
let ctx: Context;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doubted-'));
  const started = await Promise.all(NAMES.map((name) => startSite(name, { now: clock.now })));
  for (const site of started) await provision(site);
  const [oslo, bergen, tromso] = started as [Site, Site, Site];
  sites = { oslo, bergen, tromso };
  for (const [i, namespace] of ['payments', 'iot'].entries()) {
    await createNamespace(oslo, namespace);
    for (let n = 1; n <= 3; n++) await importKey(oslo, namespace, `a${n}`, 10 * i + n);
  }
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
  const away = (context: Context): Context => ({
    ...context,
    session: (name) => {
      const session = context.session(name);
      if (name !== 'tromso') return session;
      const fails = async (): Promise<never> => {
        throw new Problem({ kind: 'unreachable', place: 'tromso', cause: 'no answer', remedy: 'Wait' });
      };
      return { ...session, node: { ...session.node, request: fails, open: fails } };
    },
  });
  for (let i = 0; i < 2; i++) await steps(ctx, policy);
  const old = oslo.practice.snapshot();
  await importKey(oslo, 'payments', 'key', 40);
  for (let i = 0; i < 2; i++) await steps(ctx, policy);
  oslo.practice.rollBack(old);
  const sessions = [oslo, bergen, tromso].map(({ session }) => session);
  const other = contextOf(sessions, folder, { clock, controller: 'other@test' });
  await steps(away(other), policy);
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
