/** Synchronising over a bad line and onto a bad device: partly done is never done, and the next run finishes. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseNamespace } from '../../core/names.ts';
import { isProblem } from '../../core/problem.ts';
import { isAllVerified } from '../../core/replication/apply/report.ts';
import type { Context } from '../../core/replication/context.ts';
import { linkOf } from '../../core/replication/journal/journal.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import type { Fault } from '../../practice/index.ts';
import { policyFor } from '../support/context.ts';
import { keysOn, type Paired, startPaired } from '../support/paired.ts';
import { importKey, keeper } from '../support/sites.ts';

const LINK = linkOf(parseNamespace('payments'), 'oslo', 'bergen');
let sites: Paired;
let ctx: Context;
let made = 3;

const policy = (): Policy => ({
  ...policyFor('payments', sites.folder),
  deletions: 'propagate',
  maxDeletions: { keys: 10, percent: 100 },
});
before(async () => {
  sites = await startPaired(['gone', 'remade', 'tagged']);
  ctx = sites.ctx;
  await syncNamespace(ctx, policy());
});
after(() => sites.close());

async function work(): Promise<void> {
  const { oslo } = sites;
  await oslo.must('DELETE', `/keys/${made === 3 ? 'gone' : `new-${made}`}`, keeper('payments'));
  await oslo.must('DELETE', '/keys/remade', keeper('payments'));
  await importKey(oslo, 'payments', 'remade', ++made);
  await importKey(oslo, 'payments', `new-${++made}`, made);
  await oslo.must('PUT', `/keys/tagged/restrictions/tags/t${made}`, keeper('payments'));
}

/** Runs until there is nothing left to do, with time in between for leases to run out. */
async function goOn(place: string): Promise<void> {
  for (let i = 0; i < 4; i++) {
    sites.clock.advance(200_000);
    const report = await syncNamespace(ctx, policy());
    assert.deepEqual(report.conflicts, [], place);
    if (report.steps.length === 0) break;
    assert.ok(i < 3, `${place}: ${JSON.stringify(report.steps)}`);
  }
  assert.deepEqual(await keysOn(sites.bergen), await keysOn(sites.oslo), place);
  assert.deepEqual(ctx.journal.openSteps(), [], place);
}

const RESTORE = /^\/system\/restore/;
const FAULTS: Record<string, Fault> = {
  'an append whose answer is lost': { kind: 'cut-after', path: RESTORE },
  'an append that never arrives': { kind: 'cut-before', path: RESTORE },
  'an append that a proxy answers': { kind: 'answer', status: 502, path: RESTORE },
  'a deletion whose answer is lost': { kind: 'cut-after', method: 'DELETE', path: /^\/keys\// },
  'a deletion that never arrives': { kind: 'cut-before', method: 'DELETE', path: /^\/keys\// },
  'a tag whose answer is lost': { kind: 'cut-after', method: 'PUT', path: /restrictions/ },
  'a mark whose answer is lost': { kind: 'cut-after', method: 'PUT', path: /users\/.*tags\/generation/ },
  'a mark that never arrives': { kind: 'cut-before', method: 'PUT', path: /users\/.*tags\/generation/ },
  'a lease whose answer is lost': { kind: 'cut-after', method: 'PUT', path: /users\/[^/]*replication-lease$/ },
  'a key that can not be read back': { kind: 'answer', status: 500, method: 'GET', path: /^\/keys\/new-/, times: 9 },
  'a backup that breaks off': { kind: 'cut-answer', bytes: 400, path: /^\/system\/backup/ },
};

for (const [name, fault] of Object.entries(FAULTS)) {
  test(`${name} is told, and the next run finishes`, async () => {
    await work();
    const node = sites.bergen.practice.nodes[0];
    assert.ok(node);
    node.inject(fault);
    const report = await syncNamespace(ctx, policy()).catch((error: unknown) => {
      assert.ok(isProblem(error), String(error));
      return undefined;
    });
    if (report !== undefined && isAllVerified(report)) {
      const [a, b] = [await keysOn(sites.oslo), await keysOn(sites.bergen)];
      assert.deepEqual(a, b, 'it says that all is done, and it is');
    } else assert.equal(ctx.journal.lastRun(LINK)?.ok, false, 'the record of the run says that it is not all done');
    node.clearFaults();
    await goOn(name);
  });
}

test('a full disk stops the work; what was done is kept, and the next run finishes', async () => {
  await work();
  sites.bergen.practice.setDiskFull(true);
  const report = await syncNamespace(ctx, policy()).catch((error: unknown) => {
    assert.ok(isProblem(error), String(error));
    return undefined;
  });
  assert.ok(report === undefined || !isAllVerified(report));
  sites.bergen.practice.setDiskFull(false);
  await goOn('a full disk');
});
