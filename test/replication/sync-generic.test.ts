/** Keys without a public part: what they show changes with every use, and yet a deletion of such a key is one. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type KeyId, parseNamespace } from '../../core/names.ts';
import type { Context } from '../../core/replication/context.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { policyFor } from '../support/context.ts';
import { importGeneric, useGeneric } from '../support/generic-keys.ts';
import { idsOn, type Paired, startPaired } from '../support/paired.ts';
import { keeper } from '../support/sites.ts';

let sites: Paired;
let ctx: Context;
const policy = (): Policy => ({ ...policyFor('payments', sites.folder), deletions: 'propagate' });

before(async () => {
  sites = await startPaired(['a1', 'a2']);
  ctx = sites.ctx;
});
after(() => sites.close());

const makeGeneric = (id: string, byte: number) => importGeneric(sites.oslo, id, byte);
const use = (id: string) => useGeneric(sites, sites.bergen, id);

const run = async () => {
  const report = await syncNamespace(ctx, policy());
  return {
    steps: report.steps.map((step) => [step.kind, 'ids' in step ? step.ids : [], step.verified, step.problem]),
    waits: [...report.conflicts.map(({ kind }) => kind), ...report.held.map(({ reason }) => reason)],
  };
};

test('a used one that is deleted on the primary goes on the locked replica, archived with its last value', async () => {
  await makeGeneric('g1', 1);
  await run();
  await use('g1');
  assert.deepEqual(await run(), { steps: [], waits: [] }, 'a use is no change');
  await use('g1');
  await sites.oslo.must('DELETE', '/keys/g1', keeper('payments'));
  assert.deepEqual(await run(), { steps: [['delete', ['g1'], 1, undefined]], waits: [] });
  assert.deepEqual(await idsOn(sites.bergen), ['a1', 'a2']);
  const archived = ctx.journal.archivedValues(parseNamespace('payments')).map(({ id }) => id);
  assert.deepEqual(archived, ['g1' as KeyId]);
});

test('one that was never seen used before is left to a person, each time the same', async () => {
  await makeGeneric('g2', 2);
  await run();
  await use('g2');
  await sites.oslo.must('DELETE', '/keys/g2', keeper('payments'));
  for (let i = 0; i < 2; i++) assert.deepEqual(await run(), { steps: [], waits: ['deleted-and-changed'] });
  assert.deepEqual(await idsOn(sites.bergen), ['a1', 'a2', 'g2']);
});
