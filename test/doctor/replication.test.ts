import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { runDoctor } from '../../core/doctor/doctor.ts';
import type { CheckName, Finding } from '../../core/doctor/finding.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { claimEpoch, copyRecord } from '../../core/replication/roles/claim.ts';
import { formatLease } from '../../core/replication/roles/lease-record.ts';
import { lockReplica } from '../../core/replication/roles/lock.ts';
import { raiseMark } from '../../core/replication/roles/mark.ts';
import type { RoleRecord } from '../../core/replication/roles/record.ts';
import { startReplicated } from '../support/replicated.ts';
import { keeper } from '../support/sites.ts';

const { oslo, bergen, clock, policy, ctx, contextFor, close } = await startReplicated();
after(close);

const OURS: readonly CheckName[] = ['roles', 'keepers', 'keepers-archive', 'generation', 'lease'];

/** What replication's checks found on both devices, without those of the other checks. */
async function examine(over: Partial<Policy> = {}): Promise<Record<string, Finding[]>> {
  const patients = [oslo, bergen].map(({ session }) => ({ session, namespaces: [policy.namespace] }));
  const replication = { ctx, policies: [{ ...policy, ...over }] };
  const diagnosis = await runDoctor(patients, { now: clock.now, replication });
  return Object.fromEntries(
    Object.entries(diagnosis).map(([device, all]) => [device, all.filter(({ check }) => OURS.includes(check))]),
  );
}

const illOf = (findings: Finding[] | undefined): Finding[] => {
  const ill = findings?.filter(({ ok }) => !ok) ?? assert.fail();
  for (const { remedy } of ill) assert.ok(remedy);
  return ill;
};

const record = (epoch: number, nonce: string, primary = 'oslo'): RoleRecord => ({
  epoch,
  primaries: [primary],
  at: '2026-11-24T12:00:00Z',
  by: 'run@test',
  nonce,
});

test('before the first run there is nothing to find', async () => {
  assert.deepEqual(await examine(), { oslo: [], bergen: [] });
});

test('a replica that was never locked, for want of a second place', async () => {
  await claimEpoch(ctx, oslo.session, policy, record(1, '11111111'));
  await copyRecord(ctx, bergen.session, policy, record(1, '11111111'));
  const found = await examine({ backups: { directory: ctx.archives } });
  assert.deepEqual(illOf(found.oslo), []);
  const [keepers, archive] = illOf(found.bergen);
  assert.match(keepers?.detail ?? '', /not locked: keeper can change payments/);
  assert.match(archive?.remedy ?? '', /backups\.directory/);
  assert.equal(archive?.check, 'keepers-archive');
});

test('once it is locked and has a mark, all is well', async () => {
  await lockReplica(ctx, bergen.session, policy);
  for (const { session } of [oslo, bergen]) await raiseMark(ctx, session, policy);
  const found = await examine();
  for (const findings of Object.values(found)) {
    assert.deepEqual(illOf(findings), []);
    assert.deepEqual(findings.map(({ check }) => check).sort(), [...OURS].sort());
  }
});

test('a keeper who is back on the replica', async () => {
  const locked = bergen.practice.snapshot();
  await bergen.must(
    'PUT',
    '/users/payments~again',
    { user: 'payments~replicator', passphrase: 'replPassphrase1' },
    {
      realName: 'Again',
      role: 'Administrator',
      passphrase: 'againPassphrase1',
    },
  );
  const [finding, ...others] = illOf((await examine()).bergen);
  assert.match(finding?.detail ?? '', /a keeper is back: again can change payments/);
  assert.deepEqual(others, []);
  bergen.practice.rollBack(locked);
});

test('a device that was restored to an older state', async () => {
  const old = oslo.practice.snapshot();
  await raiseMark(ctx, oslo.session, policy);
  oslo.practice.rollBack(old);
  const [finding] = illOf((await examine()).oslo);
  assert.equal(finding?.check, 'generation');
  assert.match(finding?.detail ?? '', /is at 1, and was at 2 before/);
  await oslo.must(
    'DELETE',
    `/users/payments~replication-epoch-1/tags/generation.1.${await tagNonce()}`,
    keeper('payments'),
  );
  assert.match(illOf((await examine()).oslo)[0]?.detail ?? '', /is gone, and was at 2/);
  await raiseMark(ctx, oslo.session, policy);
  assert.deepEqual(illOf((await examine()).oslo), []);
});

async function tagNonce(): Promise<string> {
  const tags = (await oslo.must('GET', '/users/payments~replication-epoch-1/tags', keeper('payments'))) as string[];
  return tags[0]?.split('.')[2] ?? assert.fail();
}

test('another controller’s mark is told, and nothing is ill', async () => {
  const other = contextFor('other@test');
  await raiseMark(other, oslo.session, policy);
  const { oslo: findings } = await examine();
  assert.deepEqual(illOf(findings), []);
  assert.match(findings?.find(({ check }) => check === 'generation')?.detail ?? '', /another controller/);
});

test('a lease while it holds, and one that is left over', async () => {
  const until = Math.floor(clock.now() / 1000) + 120;
  await bergen.must(
    'PUT',
    '/users/payments~replication-lease',
    { user: 'payments~replicator', passphrase: 'replPassphrase1' },
    {
      realName: formatLease({ holder: 'agent@site', nonce: 'deadbeef', until }),
      role: 'Operator',
      passphrase: 'somePassphrase1',
    },
  );
  const { bergen: held } = await examine();
  assert.deepEqual(illOf(held), []);
  assert.match(held?.find(({ check }) => check === 'lease')?.detail ?? '', /agent@site is at work/);
  clock.advance(180_000);
  const [finding] = illOf((await examine()).bergen);
  assert.match(finding?.detail ?? '', /left over: agent@site held it until 2026-/);
  await bergen.must('DELETE', '/users/payments~replication-lease', {
    user: 'payments~replicator',
    passphrase: 'replPassphrase1',
  });
});

test('an older epoch, then a split brain', async () => {
  await claimEpoch(ctx, oslo.session, policy, record(2, '22222222'));
  const older = await examine();
  assert.match(illOf(older.bergen)[0]?.detail ?? '', /is of epoch 1, epoch 2 rules/);
  assert.deepEqual(illOf(older.oslo), []);
  const far = contextFor('far@test');
  await claimEpoch(far, bergen.session, policy, record(2, '99999999', 'bergen'));
  const split = await examine();
  for (const device of ['oslo', 'bergen']) {
    const [finding] = illOf(split[device]);
    assert.equal(finding?.check, 'roles');
    assert.match(finding?.detail ?? '', /split brain: epoch 2 of payments was claimed twice/);
  }
});

test('a user that only looks like a record is told', async () => {
  await oslo.must('PUT', '/users/payments~replication-epoch-7', keeper('payments'), {
    realName: 'Somebody',
    role: 'Operator',
    passphrase: 'somePassphrase1',
  });
  const [finding] = illOf((await examine()).oslo);
  assert.match(finding?.detail ?? '', /payments~replication-epoch-7 .* none that we made/);
});
