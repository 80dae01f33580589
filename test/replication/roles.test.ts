import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Session } from '../../core/device/session.ts';
import { isReplicationUser } from '../../core/inventory/replication-users.ts';
import { parseNamespace, ROOT } from '../../core/names.ts';
import { isProblem, Problem } from '../../core/problem.ts';
import type { Context } from '../../core/replication/context.ts';
import type { Mark } from '../../core/replication/journal/journal.ts';
import { claimEpoch, copyRecord } from '../../core/replication/roles/claim.ts';
import { LEASE_USER } from '../../core/replication/roles/lease-record.ts';
import { judgeMark, raiseMark } from '../../core/replication/roles/mark.ts';
import { markAmong, markTag, parseMarkTag } from '../../core/replication/roles/mark-tags.ts';
import { readRecords, readRoles } from '../../core/replication/roles/read-roles.ts';
import {
  epochOfUser,
  formatRecord,
  parseRecord,
  type RoleRecord,
  recordTime,
  recordUser,
  recordUserName,
} from '../../core/replication/roles/record.ts';
import { settleTime } from '../../core/replication/roles/settle.ts';
import { policyFor } from '../support/context.ts';
import fc from '../support/laws.ts';
import { startReplicated } from '../support/replicated.ts';
import { ADMIN, createNamespace, keeper, type Site, startSite } from '../support/sites.ts';

const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/);
const record = fc
  .tuple(
    fc.integer({ min: 1, max: 999_999_999_999 }),
    fc.array(id, { minLength: 1, maxLength: 4 }),
    fc.integer({ min: 0, max: 4_000_000_000 }).map((s) => recordTime(s * 1000)),
    fc.stringMatching(/^[A-Za-z0-9._@-]{1,64}$/),
    fc.stringMatching(/^[0-9a-f]{8,64}$/),
  )
  .map(([epoch, primaries, at, by, nonce]): RoleRecord => ({ epoch, primaries, at, by, nonce }));

test('a record comes out of its real name as it went in', () => {
  fc.assert(fc.property(record, (one) => assert.deepEqual(parseRecord(formatRecord(one)), one)));
  assert.equal(
    formatRecord({ epoch: 7, primaries: ['oslo'], at: '2026-11-24T12:00:00Z', by: 'run@host', nonce: '3f2a9c01' }),
    'epoch 7 primary oslo at 2026-11-24T12:00:00Z by run@host nonce 3f2a9c01',
  );
  assert.match(
    formatRecord({ epoch: 7, primaries: ['oslo', 'bergen'], at: '2026-11-24T12:00:00Z', by: 'a', nonce: '3f2a9c01' }),
    /^epoch 7 primaries oslo,bergen at /,
  );
});

test('nothing but a record is one', () => {
  const good = 'epoch 7 primary oslo at 2026-11-24T12:00:00Z by run@host nonce 3f2a9c01';
  assert.ok(parseRecord(good));
  const others = ['epoch 0', 'epoch 07', 'epoch -1', 'epoch 1e3'].map((start) => good.replace('epoch 7', start));
  others.push(`${good} `, good.replace('oslo', 'oslo,bergen'), good.replace('primary', 'primaries'));
  others.push(good.replace('oslo', '_x'), good.replace('24T12', '99T12'), good.replace('3f2a9c01', 'xyz'), '');
  for (const text of others) assert.equal(parseRecord(text), undefined, text);
  fc.assert(
    fc.property(
      fc.string(),
      (text) => parseRecord(text) === undefined || formatRecord(parseRecord(text) as RoleRecord) === text,
    ),
  );
});

test('users of records and leases are told from all others, and never travel', () => {
  assert.equal(recordUser(parseNamespace('payments'), 7), 'payments~replication-epoch-7');
  assert.equal(recordUser(ROOT, 7), 'replication-epoch-7');
  assert.equal(epochOfUser(recordUserName(42)), 42);
  for (const name of ['replication-epoch-', 'replication-epoch-01', 'replication-epoch-1x', 'app']) {
    assert.equal(epochOfUser(name), undefined);
  }
  assert.ok(isReplicationUser(recordUserName(1)) && isReplicationUser(LEASE_USER) && !isReplicationUser('app'));
});

const mark = fc
  .tuple(fc.integer({ min: 1, max: 1e9 }), fc.stringMatching(/^[0-9a-f]{8}$/))
  .map(([generation, nonce]): Mark => ({ generation, nonce }));

test('marks: the highest of the tags counts, and two of one generation are nobody’s', () => {
  fc.assert(fc.property(mark, (one) => assert.deepEqual(parseMarkTag(markTag(one)), one)));
  assert.equal(markAmong(['berlin', 'generation.x.00000000']), undefined);
  assert.deepEqual(markAmong(['generation.9.aaaaaaaa', 'generation.10.bbbbbbbb', 'x']), {
    generation: 10,
    nonce: 'bbbbbbbb',
    earlier: [{ generation: 9, nonce: 'aaaaaaaa' }],
  });
  const two = markAmong(['generation.9.bbbbbbbb', 'generation.9.aaaaaaaa']) as Mark;
  assert.deepEqual(two, { generation: 9, nonce: 'aaaaaaaa+bbbbbbbb' });
  assert.equal(judgeMark({ mark: { generation: 9, nonce: 'aaaaaaaa' }, pendingMark: undefined }, two), 'other');
});

test('a mark is judged by what the journal wrote and was about to write', () => {
  const at = (generation: number, nonce = 'aaaaaaaa'): Mark => ({ generation, nonce });
  const wrote = { mark: at(5), pendingMark: undefined };
  const begun = { mark: at(5), pendingMark: at(6, 'bbbbbbbb') };
  assert.equal(judgeMark(undefined, undefined), 'first');
  assert.equal(judgeMark(undefined, at(1)), 'other');
  assert.equal(judgeMark(wrote, at(5)), 'continuous');
  assert.equal(judgeMark(begun, at(5)), 'continuous');
  assert.equal(judgeMark(begun, { ...at(6, 'bbbbbbbb'), earlier: [at(5)] }), 'continuous');
  assert.equal(
    judgeMark(begun, { ...at(6, 'bbbbbbbb'), earlier: [at(4)] }),
    'other',
    'it went back before it was written',
  );
  assert.equal(judgeMark(begun, at(6, 'bbbbbbbb')), 'other');
  assert.equal(judgeMark(begun, at(6, 'cccccccc')), 'other');
  assert.equal(judgeMark(wrote, at(5, 'cccccccc')), 'other');
  assert.equal(judgeMark(wrote, at(9, 'cccccccc')), 'other');
  assert.equal(judgeMark(wrote, at(4)), 'restored');
  assert.equal(judgeMark(wrote, undefined), 'restored');
  assert.equal(judgeMark({ mark: undefined, pendingMark: at(1) }, undefined), 'first');
  assert.equal(judgeMark({ mark: undefined, pendingMark: at(1) }, at(1)), 'continuous');
  assert.equal(judgeMark({ mark: undefined, pendingMark: at(1) }, at(2)), 'other');
});

const { oslo, bergen, folder, clock, policy, ctx, contextFor, close } = await startReplicated({ creationPauseMs: 15 });
after(close);

const recordOf = (epoch: number, nonce: string, primaries = ['oslo']): RoleRecord => ({
  epoch,
  primaries,
  at: recordTime(clock.now()),
  by: 'run@test',
  nonce,
});

const usersOn = async (site: Pick<Site, 'must'>): Promise<string[]> =>
  ((await site.must('GET', '/users', keeper('payments'))) as { user: string }[]).map(({ user }) => user);

test('two nodes wait longer than the cache of users lives', () => {
  assert.equal(settleTime(oslo.session.device), 1_000);
  assert.equal(settleTime(bergen.session.device), 11_000);
});

test('without records nobody rules, and a device without the namespace is told', async () => {
  const view = await readRoles(ctx, policyFor('nowhere', folder));
  assert.deepEqual([view.epoch, view.nonce, view.primaries, view.splitBrain], [0, '', [], false]);
  assert.equal(view.devices.get('oslo')?.hasNamespace, false);
  const { devices } = await readRoles(ctx, policy);
  assert.deepEqual(devices.get('bergen'), {
    device: 'bergen',
    reachable: true,
    hasNamespace: true,
    keepers: ['keeper'],
  });
});

test('a claim holds after the device settled, its record is copied, and older ones go', async () => {
  const first = recordOf(1, '11111111');
  const before = clock.now();
  assert.equal(await claimEpoch(ctx, bergen.session, policy, first), true);
  assert.ok(clock.now() - before >= 11_000);
  assert.equal(await claimEpoch(ctx, bergen.session, policy, first), true, 'our own, met again');
  await copyRecord(ctx, oslo.session, policy, first);
  const marked = await raiseMark(ctx, bergen.session, policy);

  const second = recordOf(2, '22222222');
  assert.equal(await claimEpoch(ctx, bergen.session, policy, second), true);
  const view = await readRoles(ctx, policy);
  const records = await readRecords(ctx, policy);
  assert.deepEqual(records.devices.get('bergen'), { ...view.devices.get('bergen'), keepers: [] });
  assert.deepEqual([view.epoch, view.nonce, view.primaries, view.splitBrain], [2, '22222222', ['oslo'], false]);
  assert.deepEqual(view.devices.get('oslo')?.record, first);
  assert.deepEqual(view.devices.get('bergen')?.record, second);
  assert.deepEqual(view.devices.get('bergen')?.mark, marked, 'the mark was carried on');
  const users = await usersOn(bergen);
  assert.ok(!users.includes('payments~replication-epoch-1') && users.includes('payments~replication-epoch-2'));
  await copyRecord(ctx, oslo.session, policy, second);
  await copyRecord(ctx, oslo.session, policy, second);
  assert.deepEqual((await readRoles(ctx, policy)).devices.get('oslo')?.record, second);
  assert.deepEqual(ctx.journal.epoch(policy.namespace), { epoch: 2, nonce: '22222222' });
});

test('another’s record is neither claimed over nor copied over', async () => {
  const before = await usersOn(bergen);
  assert.equal(await claimEpoch(ctx, bergen.session, policy, recordOf(2, '99999999')), false);
  assert.equal(await claimEpoch(ctx, bergen.session, policy, recordOf(1, '99999999')), false);
  for (const epoch of [1, 2]) {
    await assert.rejects(copyRecord(ctx, oslo.session, policy, recordOf(epoch, '99999999')), (error) =>
      isProblem(error, 'refused'),
    );
  }
  assert.deepEqual(await usersOn(bergen), before);
});

test('an answer that never came is read back', async () => {
  bergen.practice.nodes[0]?.inject({ kind: 'cut-after', method: 'PUT', path: /replication-epoch-3/ });
  assert.equal(await claimEpoch(ctx, bergen.session, policy, recordOf(3, '33333333')), true);
  bergen.practice.nodes[0]?.inject({ kind: 'cut-before', method: 'PUT', path: /replication-epoch-4/ });
  await assert.rejects(claimEpoch(ctx, bergen.session, policy, recordOf(4, '44444444')), (error) =>
    isProblem(error, 'unreachable'),
  );
  assert.equal(await claimEpoch(ctx, bergen.session, policy, recordOf(4, '44444444')), true);
  await copyRecord(ctx, oslo.session, policy, recordOf(4, '44444444'));
});

test('a node that still shows another’s record says that the claim was lost', async () => {
  const answer = { kind: 'answer', status: 200, method: 'GET', path: /users\/payments~replication-epoch-5$/ } as const;
  bergen.practice.nodes[1]?.inject({ ...answer, body: '{"realName":"another’s","role":"Operator"}' });
  const five = recordOf(5, '55555555');
  assert.equal(await claimEpoch(ctx, bergen.session, policy, five), false);
  assert.ok((await usersOn(bergen)).includes('payments~replication-epoch-4'));
  await bergen.must('DELETE', '/users/payments~replication-epoch-5', keeper('payments'));
});

test('a claim that no node tells of is left open, and the same call ends it; one node that tells is enough', async () => {
  for (const node of bergen.practice.nodes) {
    node.inject({ kind: 'cut-before', method: 'GET', path: /replication-epoch-5/, times: 9 });
  }
  const five = recordOf(5, '55555555');
  await assert.rejects(claimEpoch(ctx, bergen.session, policy, five), (error) => isProblem(error, 'unreachable'));
  assert.ok((await usersOn(bergen)).includes('payments~replication-epoch-4'), 'older records stay until it holds');
  bergen.practice.nodes[0]?.clearFaults();
  assert.equal(await claimEpoch(ctx, bergen.session, policy, five), true);
  bergen.practice.nodes[1]?.clearFaults();
  await copyRecord(ctx, oslo.session, policy, five);
});

test('an older record that can not be deleted does not fail the claim', async () => {
  bergen.practice.nodes[0]?.inject({ kind: 'answer', status: 500, method: 'DELETE', path: /replication-epoch/ });
  const marked = await raiseMark(ctx, bergen.session, policy);
  const six = recordOf(6, '66666666');
  assert.equal(await claimEpoch(ctx, bergen.session, policy, six), true);
  const role = (await readRoles(ctx, policy)).devices.get('bergen');
  assert.deepEqual([role?.record?.epoch, role?.mark], [6, marked]);
  await copyRecord(ctx, bergen.session, policy, six);
  assert.ok(!(await usersOn(bergen)).includes('payments~replication-epoch-5'));
  await copyRecord(ctx, oslo.session, policy, six);
});

test('of two who claim at the same moment on two nodes, never both hold it', async () => {
  // This clock's sleep lasts longer than the moment in which both creations are under way.
  const slow = {
    now: clock.now,
    sleep: async (ms: number) => {
      clock.advance(ms);
      await new Promise<void>((end) => setTimeout(end, 60));
    },
  };
  const [one, other] = ['one@test', 'other@test'].map((controller) => ({ ...contextFor(controller), clock: slow })) as [
    Context,
    Context,
  ];
  let raced = 0;
  for (let epoch = 10; epoch < 20; epoch++) {
    const outcomes = await Promise.all([
      claimEpoch(one, bergen.session, policy, recordOf(epoch, 'aaaaaaaa')),
      claimEpoch(other, bergen.fromSecond, policy, recordOf(epoch, 'bbbbbbbb')),
    ]);
    assert.ok(outcomes.filter((held) => held).length <= 1, `both hold epoch ${epoch}`);
    const { devices } = await readRoles(ctx, policy);
    const nonce = devices.get('bergen')?.record?.nonce;
    if (outcomes.includes(true)) assert.equal(nonce, outcomes[0] ? 'aaaaaaaa' : 'bbbbbbbb');
    raced += 1;
  }
  assert.equal(raced, 10);
});

test('two nonces of one epoch are a split brain, on two devices or beside the journal', async () => {
  await claimEpoch(ctx, bergen.session, policy, recordOf(30, 'aaaaaaaa'));
  const other = contextFor('far@test');
  await claimEpoch(other, oslo.session, policy, recordOf(30, 'bbbbbbbb', ['bergen']));
  assert.equal((await readRoles(ctx, policy)).splitBrain, true);
  assert.equal((await readRoles(other, policy)).splitBrain, true);
  await claimEpoch(ctx, oslo.session, policy, recordOf(31, 'cccccccc'));
  assert.equal((await readRoles(ctx, policy)).splitBrain, false, 'a higher epoch ends it');
  other.journal.putEpoch(policy.namespace, { epoch: 31, nonce: 'dddddddd' });
  assert.equal((await readRoles(other, policy)).splitBrain, true, 'the journal knows another');
});

test('the journal learns an epoch only once it can not be lost any more, and rules when it knows a higher one', async () => {
  const late = contextFor('late@test');
  await claimEpoch(ctx, oslo.session, policy, recordOf(32, 'eeeeeeee'));
  await readRoles(late, policy);
  assert.equal(late.journal.epoch(policy.namespace), undefined);
  clock.advance(60_000);
  await readRoles(late, policy);
  assert.deepEqual(late.journal.epoch(policy.namespace), { epoch: 32, nonce: 'eeeeeeee' });
  late.journal.putEpoch(policy.namespace, { epoch: 40, nonce: 'ffffffff' });
  const view = await readRoles(late, policy);
  assert.deepEqual([view.epoch, view.nonce, view.primaries], [40, 'ffffffff', []]);
});

test('a mark is raised past everything known, and the journal is told before the device', async () => {
  const raised = await raiseMark(ctx, oslo.session, policy);
  assert.deepEqual(ctx.journal.seen(policy.namespace, 'oslo')?.mark, raised);
  assert.equal(judgeMark(ctx.journal.seen(policy.namespace, 'oslo'), raised), 'continuous');

  oslo.practice.nodes[0]?.inject({ kind: 'cut-after', method: 'PUT', path: /tags/ });
  await assert.rejects(raiseMark(ctx, oslo.session, policy), (error) => isProblem(error, 'unreachable'));
  const seen = ctx.journal.seen(policy.namespace, 'oslo');
  const there = (await readRoles(ctx, policy)).devices.get('oslo')?.mark;
  assert.deepEqual(there, { ...seen?.pendingMark, earlier: [raised] });
  assert.equal(judgeMark(seen, there), 'continuous', 'perhaps done is expected');

  oslo.practice.nodes[0]?.inject({ kind: 'cut-before', method: 'PUT', path: /tags/ });
  await assert.rejects(raiseMark(ctx, oslo.session, policy));
  assert.equal(judgeMark(ctx.journal.seen(policy.namespace, 'oslo'), there), 'continuous', 'twice in a row too');
  const next = await raiseMark(ctx, oslo.session, policy);
  assert.ok(next.generation > (there?.generation ?? 0));
  const tags = await oslo.must('GET', '/users/payments~replication-epoch-32/tags', ADMIN);
  assert.deepEqual(tags, [markTag(next)]);
});

test('a device that went back in time, and another controller’s mark, are told', async () => {
  const old = oslo.practice.snapshot();
  await raiseMark(ctx, oslo.session, policy);
  oslo.practice.rollBack(old);
  const { mark: back } = (await readRoles(ctx, policy)).devices.get('oslo') ?? {};
  assert.equal(judgeMark(ctx.journal.seen(policy.namespace, 'oslo'), back), 'restored');
  const other = contextFor('second@test');
  await raiseMark(other, oslo.session, policy);
  await raiseMark(other, oslo.session, policy);
  const { mark: theirs } = (await readRoles(ctx, policy)).devices.get('oslo') ?? {};
  assert.equal(judgeMark(ctx.journal.seen(policy.namespace, 'oslo'), theirs), 'other');
});

test('a device without a record has no mark to raise', async () => {
  await createNamespace(oslo, 'empty');
  await assert.rejects(raiseMark(ctx, oslo.session, policyFor('empty', folder)), (error) =>
    isProblem(error, 'precondition'),
  );
});

test('a namespace that a device lacks is made for the record', async () => {
  const fresh = policyFor('fresh', folder);
  assert.equal(await claimEpoch(ctx, oslo.session, fresh, recordOf(1, '11111111')), true);
  const view = await readRoles(ctx, fresh);
  assert.deepEqual([view.devices.get('oslo')?.keepers, view.devices.get('bergen')?.hasNamespace], [[], false]);
});

test('root has records and marks too, and no keepers', async () => {
  const root = policyFor('', folder);
  await claimEpoch(ctx, oslo.session, root, recordOf(1, '11111111'));
  const raised = await raiseMark(ctx, oslo.session, root);
  const role = (await readRoles(ctx, root)).devices.get('oslo');
  assert.deepEqual([role?.record?.epoch, role?.mark, role?.keepers, role?.hasNamespace], [1, raised, [], true]);
});

test('a device that can not be asked is a part of the view, whatever the reason', async (t) => {
  const asked = async (session: Session) =>
    (await readRoles({ ...ctx, session: (name) => (name === 'bergen' ? session : oslo.session) }, policy)).devices.get(
      'bergen',
    );
  const wrong: Session = {
    ...bergen.session,
    namespaceAdministrator: async () => ({ user: 'payments~replicator', passphrase: 'wrong passphrase' }),
  };
  const refused = await asked(wrong);
  assert.deepEqual([refused?.reachable, refused?.problem?.kind, refused?.record], [true, 'unauthorised', undefined]);
  clock.advance(2_000);
  const noSecret: Session = {
    ...bergen.session,
    namespaceAdministrator: async () => {
      throw new Problem({ kind: 'unauthorised', place: 'bergen', cause: 'no secret', remedy: 'Name one' });
    },
  };
  assert.equal((await asked(noSecret))?.problem?.kind, 'unauthorised');

  bergen.practice.nodes[0]?.setHealth('Locked');
  const locked = await asked(bergen.session);
  assert.deepEqual([locked?.reachable, locked?.problem?.kind], [true, 'locked']);
  await bergen.must('POST', '/unlock', undefined, { passphrase: 'unlockunlock' });

  const down = await startSite('bergen');
  await down.practice.close();
  t.after(() => down.session.device.close());
  const gone = await asked(down.session);
  assert.deepEqual([gone?.reachable, gone?.problem?.kind], [false, 'unreachable']);
  assert.equal(ctx.journal.unreachableSince('bergen')?.at, clock.now());
  await readRoles(ctx, policy);
  assert.equal(ctx.journal.unreachableSince('bergen'), undefined);
});

test('a cancel is no device’s problem', async () => {
  const signal = AbortSignal.abort();
  await assert.rejects(readRoles({ ...ctx, signal }, policy), (error) => isProblem(error, 'cancelled'));
  await assert.rejects(claimEpoch({ ...ctx, signal }, oslo.session, policy, recordOf(50, '50505050')));
});

test('a user of the right name that is no record of ours is told, never followed', async () => {
  await bergen.must('PUT', '/users/payments~replication-epoch-99', keeper('payments'), {
    realName: 'epoch 98 primary bergen at 2026-11-24T12:00:00Z by run@host nonce 3f2a9c01',
    role: 'Operator',
    passphrase: 'somePassphrase1',
  });
  const view = await readRoles(ctx, policy);
  assert.equal(view.devices.get('bergen')?.problem?.kind, 'refused');
  assert.notEqual(view.epoch, 99);
  await bergen.must('DELETE', '/users/payments~replication-epoch-99', keeper('payments'));
});
