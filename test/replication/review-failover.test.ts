/** A failover does not pass over what the journal knows to be missing. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseNamespace } from '../../core/names.ts';
import { isProblem } from '../../core/problem.ts';
import type { Context } from '../../core/replication/context.ts';
import { linkOf } from '../../core/replication/journal/journal.ts';
import { assessFailover, failover } from '../../core/replication/promote/failover.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { policyFor } from '../support/context.ts';
import { type Paired, startPaired } from '../support/paired.ts';
import { sessionOf } from '../support/sites.ts';

const PAYMENTS = parseNamespace('payments');
const LINK = linkOf(PAYMENTS, 'oslo', 'bergen');
let sites: Paired;
const lost = (): Context => ({
  ...sites.ctx,
  session: (name) => (name === 'oslo' ? sessionOf(name, 'http://127.0.0.1:9/api/v1') : sites.ctx.session(name)),
});
const refused = (pattern: RegExp) => (error: unknown) => isProblem(error, 'refused') && pattern.test(error.message);

before(async () => {
  sites = await startPaired(['a1']);
  await syncNamespace(sites.ctx, policyFor('payments', sites.folder));
});
after(() => sites.close());

test('a young failover is refused while keys are known to be missing', async () => {
  const policy = policyFor('payments', sites.folder);
  const { journal, clock } = sites.ctx;
  const last = journal.lastRun(LINK);
  assert.ok(last?.inSyncAt !== undefined);
  journal.putRun(LINK, { ...last, ok: false, left: { missing: 3, extra: 0, differs: 0, conflicts: 0 } });
  assert.equal((await assessFailover(lost(), policy, 'bergen')).known, 3);
  await assert.rejects(failover(lost(), policy, 'bergen', { acceptLoss: false }), refused(/3 keys or changes/));
  journal.putRun(LINK, last);
  const detail = { from: 'oslo', keys: 1, ids: ['b1'] };
  const step = journal.openStep({ namespace: PAYMENTS, kind: 'create', device: 'bergen', detail, at: clock.now() });
  await assert.rejects(failover(lost(), policy, 'bergen', { acceptLoss: false }), refused(/on their way \(b1\)/));
  journal.closeStep(step);
});
