/** A namespace that was deleted and made anew: its users stay in the store, role record and mark among them, its keys do not. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Policy } from '../../core/replication/policy.ts';
import { switchover } from '../../core/replication/promote/switchover.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { policyFor } from '../support/context.ts';
import { idsOn, type Paired, startPaired } from '../support/paired.ts';
import { ADMIN, importKey, type Site } from '../support/sites.ts';

let sites: Paired;
const policy = (): Policy => ({
  ...policyFor('payments', sites.folder),
  deletions: 'propagate',
  maxDeletions: { keys: 100, percent: 100 },
});

async function remake(site: Site): Promise<void> {
  await site.must('DELETE', '/namespaces/payments', ADMIN);
  await site.must('PUT', '/namespaces/payments', ADMIN);
}

async function run() {
  const report = await syncNamespace(sites.ctx, policy());
  return {
    steps: report.steps.map((step) => [step.kind, step.device, 'ids' in step ? step.ids : [], step.problem]),
    alarms: report.alarms.map(({ kind, device, text }) => [kind, device, /deleted and made anew/.test(text)]),
    held: report.held.map(({ device, ids, reason }) => [device, ids, /made anew on oslo/.test(reason)]),
    extra: report.extra,
  };
}

before(async () => {
  sites = await startPaired(['a1', 'a2']);
  await syncNamespace(sites.ctx, policy());
  await syncNamespace(sites.ctx, policy());
});
after(() => sites.close());

test('on the primary it deletes nothing, until a person takes it as it is', async () => {
  await remake(sites.oslo);
  await importKey(sites.oslo, 'payments', 'z1', 50);
  const alarms = [['restored', 'oslo', true]];
  const held = [['bergen', ['a1', 'a2'], true]];
  assert.deepEqual(await run(), { steps: [['create', 'bergen', ['z1'], undefined]], alarms, held, extra: {} });
  assert.deepEqual(await run(), { steps: [], alarms, held, extra: {} });
  assert.match((await switchover(sites.ctx, policy(), 'oslo')).done.join(), /the state of oslo is taken as it is/);
  for (let i = 0; i < 2; i++) {
    assert.deepEqual(await run(), { steps: [], alarms: [], held: [], extra: { bergen: ['a1', 'a2'] } });
  }
  assert.deepEqual(await idsOn(sites.bergen), ['a1', 'a2', 'z1']);
});

test('on the replica its keys come again', async () => {
  await importKey(sites.oslo, 'payments', 'a1', 1);
  await run();
  await remake(sites.bergen);
  const steps = [['create', 'bergen', ['a1', 'z1'], undefined]];
  assert.deepEqual(await run(), { steps, alarms: [['restored', 'bergen', true]], held: [], extra: {} });
  assert.deepEqual(await run(), { steps: [], alarms: [], held: [], extra: {} });
  assert.deepEqual(await idsOn(sites.oslo), ['a1', 'z1']);
});
