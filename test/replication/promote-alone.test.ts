/** Of two who change the primary at once, one does; whoever lost his lease touches nothing more. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseNamespace } from '../../core/names.ts';
import { isProblem } from '../../core/problem.ts';
import type { Context } from '../../core/replication/context.ts';
import type { Activity } from '../../core/replication/journal/journal.ts';
import { switchover } from '../../core/replication/promote/switchover.ts';
import { formatLease, LEASE_USER } from '../../core/replication/roles/lease-record.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { contextOf, policyFor } from '../support/context.ts';
import { type Paired, startPaired } from '../support/paired.ts';
import { importKey, keeper, sessionOf } from '../support/sites.ts';

const PAYMENTS = parseNamespace('payments');
const policy = () => policyFor('payments', sites.folder);
let sites: Paired;

before(async () => {
  sites = await startPaired(['a1', 'a2']);
  await syncNamespace(sites.ctx, policy());
});
after(() => sites.close());

const mayWrite = async (name: 'oslo' | 'bergen'): Promise<boolean> =>
  (await sites[name].ask('GET', '/keys', keeper('payments'))).status === 200;

/** Does something once, just after the old primary was locked: before it is drained for the last time. */
function afterLock(work: () => Promise<unknown>): { ctx: Context; done: () => Promise<unknown> } {
  let begun: Promise<unknown> | undefined;
  const { oslo } = sites;
  const ctx: Context = {
    ...sites.ctx,
    onActivity: ({ kind, text }: Activity) => {
      if (kind === 'promote' && /locked/.test(text)) begun ??= work();
    },
    session: (name) => {
      const session = sites.ctx.session(name);
      if (name !== oslo.session.name) return session;
      // Nothing more is asked of the old primary before it is done.
      return {
        ...session,
        namespaceAdministrator: async (namespace) => {
          await begun;
          return session.namespaceAdministrator(namespace);
        },
      };
    },
  };
  return { ctx, done: async () => begun };
}

test('a second change of the primary is told that the first is at work, and the first loses nothing', async () => {
  const other = contextOf([sites.oslo.session, sites.bergen.session], sites.folder, {
    clock: sites.clock,
    controller: 'other@test',
  });
  const told: unknown[] = [];
  const { ctx, done } = afterLock(() =>
    switchover(other, policy(), 'bergen').then(
      (report) => told.push(report),
      (error: unknown) => told.push(error),
    ),
  );
  const report = await switchover(ctx, policy(), 'bergen');
  await done();
  other.journal.close();
  assert.equal(told.length, 1);
  assert.ok(isProblem(told[0], 'busy'), `${told[0]}`);
  assert.match(told[0].message, /is at work on payments/);
  assert.deepEqual([report.epoch, await mayWrite('oslo'), await mayWrite('bergen')], [2, false, true]);
});

test('a pause holds the agent, not the person who changes the primary', async () => {
  const { journal, clock } = sites.ctx;
  journal.pause(PAYMENTS, 'anna', clock.now());
  const report = await switchover(sites.ctx, policy(), 'oslo');
  assert.deepEqual([report.epoch, await mayWrite('oslo'), await mayWrite('bergen')], [3, true, false]);
  assert.notEqual(journal.paused(PAYMENTS), undefined, 'it goes on being paused');
  journal.resume(PAYMENTS);
});

test('where the lease is gone nobody brings the keepers back: somebody else may have promoted another', async () => {
  const user = `/users/payments~${LEASE_USER}`;
  const theirs = formatLease({ holder: 'other@test', nonce: 'abcdef0123456789', until: 4_000_000_000 });
  const replicator = await sites.oslo.session.namespaceAdministrator(PAYMENTS);
  const { ctx } = afterLock(async () => {
    // Something to bring over, so that the lease is asked for before the two are compared.
    await importKey(sites.oslo, 'payments', 'a3', 3, replicator);
    await sites.oslo.must('DELETE', user, replicator);
    const body = { realName: theirs, role: 'Operator', passphrase: 'nobodyKnowsThis1' };
    await sites.oslo.must('PUT', user, replicator, body);
  });
  await assert.rejects(switchover(ctx, policy(), 'bergen'), (error) => {
    assert.ok(isProblem(error, 'refused') && /our lease of payments/.test(error.reason), `${error}`);
    return /oslo is locked/.test(error.remedy) && /promote --device oslo/.test(error.remedy);
  });
  assert.equal(await mayWrite('oslo'), false, 'locked, as whoever holds the lease may rely on it');
  await sites.oslo.must('DELETE', user, replicator);
  await switchover(sites.ctx, policy(), 'oslo');
  assert.equal(await mayWrite('oslo'), true);
});

test('a claim that fails leaves a locked primary, and that is said', async () => {
  const away = sessionOf('oslo', 'http://127.0.0.1:9/api/v1');
  let inStep = false;
  const ctx: Context = {
    ...sites.ctx,
    onActivity: ({ text }) => {
      inStep ||= /compared twice/.test(text);
    },
    session: (name) => (inStep && name === 'oslo' ? away : sites.ctx.session(name)),
  };
  await assert.rejects(switchover(ctx, policy(), 'bergen'), (error) => {
    assert.ok(isProblem(error, 'unreachable'), `${error}`);
    return /oslo is locked/.test(error.remedy) && /run this again/.test(error.remedy);
  });
  const report = await switchover(sites.ctx, policy(), 'bergen');
  assert.deepEqual([report.primary, await mayWrite('oslo'), await mayWrite('bergen')], ['bergen', false, true]);
});
