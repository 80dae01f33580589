/** Deletions while the manifest says `deletions: keep`: what stays then is a wish, which no later manifest undoes. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Policy } from '../../core/replication/policy.ts';
import { resolveConflict } from '../../core/replication/resolve.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { policyFor } from '../support/context.ts';
import { idsOn, type Paired, startPaired } from '../support/paired.ts';
import { importKey, keeper } from '../support/sites.ts';

let sites: Paired;
before(async () => {
  sites = await startPaired(['a1', 'a2', 'a3']);
});
after(() => sites.close());

const propagate = { deletions: 'propagate', maxDeletions: { keys: 100, percent: 100 } } as const;
const oneWay = (over: Partial<Policy> = {}): Policy => ({ ...policyFor('payments', sites.folder), ...over });
const twoWay = (over: Partial<Policy> = {}): Policy => ({
  ...oneWay(over),
  sites: { kind: 'two-way', sites: ['bergen', 'oslo'].map((device) => ({ device, owns: () => false })) },
});

async function run(policy: Policy) {
  const report = await syncNamespace(sites.ctx, policy);
  const steps = report.steps.map((step) => [step.kind, step.device, 'ids' in step ? step.ids : []]);
  return { steps, waits: [...report.held, ...report.conflicts, ...report.alarms], extra: report.extra };
}

const drop = (id: string): Promise<unknown> => sites.oslo.must('DELETE', `/keys/${id}`, keeper('payments'));
const app2 = { user: 'payments~app2', passphrase: 'app2Passphrase' };

test('a replica keeps what was deleted while the manifest said so, and nobody waits for it', async () => {
  const facts = { realName: 'App 2', role: 'Operator', passphrase: app2.passphrase };
  await sites.oslo.must('PUT', '/users/payments~app2', keeper('payments'), facts);
  await run(oneWay());
  await run(oneWay());
  await drop('a1');
  await sites.oslo.must('DELETE', '/users/payments~app2', keeper('payments'));
  const kept = { steps: [], waits: [], extra: { bergen: ['a1'] } };
  for (let i = 0; i < 2; i++) assert.deepEqual(await run(oneWay()), kept);
  for (let n = 0; n < 5; n++) await sites.oslo.must('PUT', `/keys/a3/restrictions/tags/t${n}`, keeper('payments'));
  for (let i = 0; i < 2; i++) {
    const { steps, ...rest } = await run(oneWay(propagate));
    assert.deepEqual(steps, i === 0 ? [['update', 'bergen', ['a3']]] : []);
    assert.deepEqual(rest, { waits: [], extra: { bergen: ['a1'] } });
  }
  await drop('a2');
  assert.deepEqual(await run(oneWay(propagate)), { ...kept, steps: [['delete', 'bergen', ['a2']]] });
  assert.deepEqual(await idsOn(sites.bergen), ['a1', 'a3']);
  await sites.bergen.must('GET', '/keys', app2);
});

test('a person takes it away all the same', async () => {
  const { verified } = await resolveConflict(sites.ctx, oneWay(), { id: 'a1', keep: 'oslo' });
  assert.equal(verified, 1);
  assert.deepEqual(await run(oneWay(propagate)), { steps: [], waits: [], extra: {} });
});

test('of two sites that write, one keeps what the other deleted, and does not give it back', async (t) => {
  const paired = await startPaired(['b1', 'b2']);
  const before = sites;
  sites = paired;
  t.after(async () => {
    sites = before;
    await paired.close();
  });
  await run(twoWay());
  await run(twoWay());
  await drop('b1');
  const kept = { steps: [], waits: [], extra: { bergen: ['b1'] } };
  for (let i = 0; i < 2; i++) assert.deepEqual(await run(twoWay()), kept);
  await sites.oslo.must('PUT', '/keys/b2/label', keeper('payments'), { label: 'later' });
  const update = ['update', 'bergen', ['b2']];
  assert.deepEqual(await run(twoWay(propagate)), { ...kept, steps: [update] });
  assert.deepEqual(await run(twoWay(propagate)), kept);

  await importKey(sites.oslo, 'payments', 'b1', 99);
  const clash = await run(twoWay(propagate));
  assert.deepEqual([clash.steps, clash.waits.map((one) => 'kind' in one && one.kind)], [[], ['other-key']]);
  await drop('b1');
  await importKey(sites.oslo, 'payments', 'b1', 1);
  const same = { steps: [], waits: [], extra: {} };
  for (let i = 0; i < 2; i++) assert.deepEqual(await run(twoWay(propagate)), same);
  await drop('b1');
  assert.deepEqual(await run(twoWay(propagate)), { ...same, steps: [['delete', 'bergen', ['b1']]] });
});
