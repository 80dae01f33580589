/** More than two devices: replicas of one primary, three sites that write, devices of different domains. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Session } from '../../core/device/session.ts';
import type { Context } from '../../core/replication/context.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { switchover } from '../../core/replication/promote/switchover.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { contextOf, policyFor } from '../support/context.ts';
import { keysOn } from '../support/paired.ts';
import { createNamespace, importKey, keeper, provision, startSite } from '../support/sites.ts';
import { NAMES, startThreeSites, type ThreeSites } from '../support/three-sites.ts';

let all: ThreeSites;
let { sites, clock, folder, ctx } = {} as ThreeSites;
let passes: string[] = [];

const counted = (session: Session): Session => ({
  ...session,
  node: {
    ...session.node,
    open(call) {
      passes.push(session.name);
      return session.node.open(call);
    },
  },
});

before(async () => {
  all = await startThreeSites({ payments: ['p1', 'p2', 'p3'], iot: ['i1', 'i2', 'i3'] });
  ({ sites, clock, folder, ctx } = all);
});
after(() => all.close());

const rules = (namespace: string, sitesOf: Policy['sites'], over: Partial<Policy> = {}): Policy => ({
  ...policyFor(namespace, folder),
  deletions: 'propagate',
  maxDeletions: { keys: 10, percent: 100 },
  sites: sitesOf,
  ...over,
});
async function untilQuiet(policy: Policy): Promise<unknown[]> {
  const done: unknown[] = [];
  for (let i = 0; i < 5; i++) {
    const report = await syncNamespace(ctx, policy);
    assert.deepEqual([report.stopped, report.conflicts], [undefined, []]);
    if (report.steps.length === 0) return done;
    done.push(...report.steps.map(({ kind, device, verified, asked }) => [kind, device, verified === asked]));
  }
  return assert.fail(JSON.stringify(done));
}

test('two replicas follow one primary, which is read once to compare it with both', async () => {
  const policy = rules('payments', { kind: 'one-way', primary: 'oslo', replicas: ['bergen', 'tromso'] });
  await untilQuiet(policy);
  const sessions = NAMES.map((name) => counted(sites[name].session));
  passes = [];
  const seen: Context = { ...ctx, session: (name) => sessions.find((one) => one.name === name) as Session };
  assert.deepEqual((await syncNamespace(seen, policy)).steps, []);
  assert.deepEqual(passes.sort(), ['bergen', 'oslo', 'tromso']);
  await importKey(sites.oslo, 'payments', 'p4', 4);
  await sites.oslo.must('DELETE', '/keys/p1', keeper('payments'));
  await untilQuiet(policy);
  const wanted = await keysOn(sites.oslo, 'payments');
  assert.deepEqual(Object.keys(wanted), ['p2', 'p3', 'p4']);
  assert.deepEqual(await keysOn(sites.bergen, 'payments'), wanted);
  assert.deepEqual(await keysOn(sites.tromso, 'payments'), wanted);
});

test('three sites that write come to the same', async () => {
  const policy = rules('iot', { kind: 'two-way', sites: NAMES.map((device) => ({ device, owns: () => false })) });
  await untilQuiet(policy);
  for (const [i, name] of NAMES.entries()) await importKey(sites[name], 'iot', `of-${name}`, 30 + i);
  await sites.tromso.must('DELETE', '/keys/i1', keeper('iot'));
  await sites.bergen.must('PUT', '/keys/i2/label', keeper('iot'), { label: 'from bergen' });
  await untilQuiet(policy);
  const wanted = await keysOn(sites.oslo, 'iot');
  assert.deepEqual(Object.keys(wanted), ['i2', 'i3', 'of-bergen', 'of-oslo', 'of-tromso']);
  assert.deepEqual(await keysOn(sites.bergen, 'iot'), wanted);
  assert.deepEqual(await keysOn(sites.tromso, 'iot'), wanted);
});

test('a device of another domain takes keys only where the manifest allows to open them', async () => {
  const other = await startSite('hamar', { now: clock.now });
  await provision(other);
  await createNamespace(other, 'payments');
  const there = contextOf([sites.oslo.session, other.session], folder, { clock, controller: 'other' });
  const sealed = rules('payments', { kind: 'one-way', primary: 'oslo', replicas: ['hamar'] });
  // Other replicas of the record that rules do not matter to this manifest.
  const refused = await syncNamespace(there, sealed);
  assert.deepEqual(
    refused.alarms.map(({ kind }) => kind),
    ['wrong-domain'],
  );
  assert.deepEqual(await keysOn(other, 'payments'), {});
  const report = await syncNamespace(there, { ...sealed, transfer: 'import' });
  const created = report.steps.find(({ kind }) => kind === 'create');
  assert.deepEqual([created?.asked, created?.done, created?.verified, created?.problem], [3, 3, 3, undefined]);
  assert.deepEqual(await keysOn(other, 'payments'), await keysOn(sites.oslo, 'payments'));
  assert.deepEqual((await syncNamespace(there, { ...sealed, transfer: 'import' })).steps, []);
  there.journal.close();
  await other.session.device.close();
  await other.practice.close();
});

test('a replica that refuses to be read holds up no other, and where no other is left it is the failure', async () => {
  const policy = rules('payments', { kind: 'one-way', primary: 'oslo', replicas: ['bergen', 'tromso'] });
  await untilQuiet(policy);
  const wrong = async () => ({ user: 'backup1', passphrase: 'the one before' });
  const without: Context = {
    ...ctx,
    session: (name) => ({ ...ctx.session(name), ...(name === 'bergen' && { backup: wrong }) }),
  };
  await importKey(sites.oslo, 'payments', 'p9', 9);
  const before = await keysOn(sites.bergen, 'payments');
  const report = await syncNamespace(without, policy);
  assert.deepEqual(
    report.leftOut.map(({ device, problem }) => [device, problem.kind]),
    [['bergen', 'unauthorised']],
  );
  assert.deepEqual(
    report.held.map(({ device, ids }) => [device, ids]),
    [['bergen', []]],
  );
  assert.deepEqual(await keysOn(sites.tromso, 'payments'), await keysOn(sites.oslo, 'payments'));
  assert.deepEqual(await keysOn(sites.bergen, 'payments'), before);
  await assert.rejects(
    syncNamespace(without, { ...policy, sites: { kind: 'one-way', primary: 'oslo', replicas: ['bergen'] } }),
    { kind: 'unauthorised', place: /^bergen/ },
  );
  // Nor is it promoted: nobody knows what it has.
  await assert.rejects(
    switchover(
      without,
      { ...policy, sites: { kind: 'one-way', primary: 'bergen', replicas: ['oslo', 'tromso'] } },
      'bergen',
    ),
    { kind: 'refused', reason: /bergen is not in step: bergen/ },
  );
  await sites.oslo.must('GET', '/keys', keeper('payments'));
  await untilQuiet(policy);
  assert.deepEqual(await keysOn(sites.bergen, 'payments'), await keysOn(sites.oslo, 'payments'));
});
