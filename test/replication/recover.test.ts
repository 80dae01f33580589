/** What replication deleted can be had back: out of the journal into an archive, and from there onto a device. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type KeyId, parseNamespace } from '../../core/names.ts';
import { isProblem } from '../../core/problem.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { recoverKeys, takenOut } from '../../core/replication/recover.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { restoreNamespace } from '../../core/transfer/restore-namespace.ts';
import { policyFor } from '../support/context.ts';
import { idsOn, keysOn, type Paired, startPaired } from '../support/paired.ts';
import { keeper } from '../support/sites.ts';

const PAYMENTS = parseNamespace('payments');
const passphrase = 'archive passphrase';
let sites: Paired;
before(async () => {
  sites = await startPaired(['a1', 'a2', 'a3', 'a4']);
});
after(() => sites.close());

test('keys whose deletion was carried over come back from the journal, and are on both devices again', async () => {
  const { ctx, oslo, bergen, folder, clock } = sites;
  const policy: Policy = {
    ...policyFor('payments', folder),
    deletions: 'propagate',
    maxDeletions: { keys: 10, percent: 100 },
  };
  await syncNamespace(ctx, policy);
  const before = await keysOn(oslo);
  assert.deepEqual(takenOut(ctx.journal, PAYMENTS), []);
  await assert.rejects(
    recoverKeys(ctx.journal, PAYMENTS, {}, { out: join(folder, 'none'), passphrase }),
    (error) => isProblem(error, 'not-found') && /--state/.test(error.remedy),
  );

  await oslo.must('DELETE', '/keys/a1', keeper('payments'));
  await syncNamespace(ctx, policy);
  clock.advance(60_000);
  const since = clock.now();
  for (const id of ['a2', 'a3']) await oslo.must('DELETE', `/keys/${id}`, keeper('payments'));
  await syncNamespace(ctx, policy);
  assert.deepEqual(await idsOn(bergen), ['a4']);

  assert.deepEqual(
    takenOut(ctx.journal, PAYMENTS).map(({ id, device }) => [id, device]),
    ['a1', 'a2', 'a3'].map((id) => [id, 'bergen']),
  );
  const file = join(folder, 'recovered.nethsm-archive');
  const report = await recoverKeys(ctx.journal, PAYMENTS, { since }, { out: file, passphrase });
  assert.deepEqual([report.asked, report.done, report.verified, report.otherDomain], [2, 2, 2, []]);
  const one = join(folder, 'one.nethsm-archive');
  await recoverKeys(ctx.journal, PAYMENTS, { key: 'a1' as KeyId }, { out: one, passphrase });

  for (const archive of [file, one]) {
    const request = { file: archive, passphrase, namespace: PAYMENTS, users: false };
    const { verified } = await restoreNamespace(oslo.session, request, { deviceBackups: ctx.deviceBackups });
    assert.equal(verified, archive === file ? 2 : 1);
  }
  await syncNamespace(ctx, policy);
  assert.deepEqual(await keysOn(oslo), before);
  assert.deepEqual(await keysOn(bergen), before);
});
