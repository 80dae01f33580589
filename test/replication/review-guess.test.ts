/** A key without a public part that was made anew and used counts as the old one: nothing is taken away on that guess, later either. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Policy } from '../../core/replication/policy.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { policyFor } from '../support/context.ts';
import { importGeneric, useGeneric } from '../support/generic-keys.ts';
import { type Paired, startPaired } from '../support/paired.ts';
import { keeper } from '../support/sites.ts';

let sites: Paired;
before(async () => {
  sites = await startPaired(['a1', 'a2']);
});
after(() => sites.close());

const policy = (): Policy => ({
  ...policyFor('payments', sites.folder),
  deletions: 'propagate',
  sites: { kind: 'two-way', sites: ['oslo', 'bergen'].map((device) => ({ device, owns: () => false })) },
});

const makeGeneric = (site: 'oslo' | 'bergen', id: string, byte: number) => importGeneric(sites[site], id, byte);
const use = (site: 'oslo' | 'bergen', id: string) => useGeneric(sites, sites[site], id);

const run = async () => {
  const report = await syncNamespace(sites.ctx, policy());
  return {
    steps: report.steps.map((step) => [step.kind, step.device, 'ids' in step ? step.ids : [], step.problem]),
    waits: [...report.conflicts.map(({ kind }) => kind), ...report.held.map(({ reason }) => reason)],
  };
};

test('where two sites write, it is not deleted because the other site deletes the old one', async () => {
  await makeGeneric('oslo', 'g1', 1);
  await run();
  await sites.oslo.must('DELETE', '/keys/g1', keeper('payments'));
  await makeGeneric('oslo', 'g1', 9);
  const secret = await use('oslo', 'g1');
  assert.deepEqual(await run(), { steps: [], waits: [] }, 'it counts as used');
  await sites.bergen.must('DELETE', '/keys/g1', keeper('payments'));
  for (let i = 0; i < 2; i++) assert.deepEqual(await run(), { steps: [], waits: ['deleted-and-changed'] });
  assert.equal(await use('oslo', 'g1'), secret, 'the key that only Oslo ever had');
});

test('where only the other site used it, a deletion goes on: what is there is what both had', async () => {
  await makeGeneric('oslo', 'g2', 2);
  await run();
  await use('oslo', 'g2');
  await run();
  await sites.oslo.must('DELETE', '/keys/g2', keeper('payments'));
  const { steps } = await run();
  assert.deepEqual(steps, [['delete', 'bergen', ['g2'], undefined]]);
});
