/** A deletion that was brought to a site by a run which broke off just then, and taken back at its origin before the next. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type DeviceNode, internalsOf, setInternals } from '../../core/device/node.ts';
import { parseKeyId, parseNamespace } from '../../core/names.ts';
import { Problem } from '../../core/problem.ts';
import type { Context } from '../../core/replication/context.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { backupNamespace } from '../../core/transfer/backup-namespace.ts';
import { restoreNamespace } from '../../core/transfer/restore-namespace.ts';
import { policyFor } from '../support/context.ts';
import { idsOn, type Paired, startPaired } from '../support/paired.ts';
import { keeper } from '../support/sites.ts';

const PAYMENTS = parseNamespace('payments');
let pair: Paired;
let policy: Policy;

before(async () => {
  pair = await startPaired(['k1', 'k2', 'k3', 'k4']);
  const sites = ['oslo', 'bergen'].map((device) => ({ device, owns: () => false }));
  policy = {
    ...policyFor('payments', pair.folder),
    deletions: 'propagate',
    maxDeletions: { keys: 10, percent: 100 },
    sites: { kind: 'two-way', sites },
  };
  await syncNamespace(pair.ctx, policy);
});
after(() => pair.close());

/** The same engine, from which Bergen is cut off at its first deletion of a key, before or after that is done. */
function cutAtDeletion(ctx: Context, isDone: boolean): Context {
  const session = ctx.session('bergen');
  const { node } = session;
  let isAway = false;
  const away = new Problem({ kind: 'unreachable', place: 'bergen', cause: 'no answer', remedy: 'Wait' });
  const cut: DeviceNode = {
    ...node,
    async request(call, read) {
      const isDeletion = call.endpoint === 'deleteKey';
      if (isDeletion && isDone && !isAway) await node.request(call, read);
      isAway ||= isDeletion;
      if (isAway) throw away;
      return node.request(call, read);
    },
    open: (call) => (isAway ? Promise.reject(away) : node.open(call)),
  };
  setInternals(cut, internalsOf(node));
  return { ...ctx, session: (name) => (name === 'bergen' ? { ...session, node: cut } : ctx.session(name)) };
}

test('one that was done is not taken for a deletion of its own', async () => {
  const { oslo, bergen, ctx, folder, clock } = pair;
  const archive = { out: join(folder, 'payments.nethsm-archive'), passphrase: 'archive passphrase' };
  await backupNamespace(oslo.session, PAYMENTS, archive, {});
  await oslo.must('DELETE', '/keys/k1', keeper('payments'));
  const report = await syncNamespace(cutAtDeletion(ctx, true), policy);
  assert.match(report.stopped ?? '', /no answer/);
  clock.advance(600_000);
  assert.deepEqual(await idsOn(bergen), ['k2', 'k3', 'k4']);
  const only = { only: parseKeyId('k1'), users: false, namespace: PAYMENTS };
  await restoreNamespace(
    oslo.session,
    { file: archive.out, passphrase: archive.passphrase, ...only },
    { deviceBackups: join(folder, 'x') },
  );
  for (let i = 0; i < 2; i++) await syncNamespace(ctx, policy);
  for (const site of [oslo, bergen]) assert.deepEqual(await idsOn(site), ['k1', 'k2', 'k3', 'k4']);
});

test('one that was not done goes on', async () => {
  const { oslo, bergen, ctx, clock } = pair;
  await oslo.must('DELETE', '/keys/k2', keeper('payments'));
  const report = await syncNamespace(cutAtDeletion(ctx, false), policy);
  assert.match(report.stopped ?? '', /no answer/);
  clock.advance(600_000);
  assert.deepEqual(await idsOn(bergen), ['k1', 'k2', 'k3', 'k4']);
  for (let i = 0; i < 2; i++) await syncNamespace(ctx, policy);
  for (const site of [oslo, bergen]) assert.deepEqual(await idsOn(site), ['k1', 'k3', 'k4']);
});
