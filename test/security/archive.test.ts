/** Archives by somebody who knows the passphrase and means ill: none of it reaches a device. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseNamespace, parseUserName } from '../../core/names.ts';
import { isProblem } from '../../core/problem.ts';
import { openArchive } from '../../core/transfer/archive/reader.ts';
import { createArchive } from '../../core/transfer/archive/writer.ts';
import { backupNamespace } from '../../core/transfer/backup-namespace.ts';
import { isWhole } from '../../core/transfer/report.ts';
import { restoreNamespace } from '../../core/transfer/restore-namespace.ts';
import { type SealedEntry, sealedUser } from '../../core/transfer/sealed-entry.ts';
import { ADMIN, createNamespace, keeper, type Sites, startSites } from '../support/sites.ts';

const PASSPHRASE = 'archive passphrase';
const PAYMENTS = parseNamespace('payments');
let sites: Sites;
before(async () => {
  sites = await startSites();
});
after(() => sites.close());

let count = 0;
async function archive(entries: SealedEntry[], users: { name: string; role: string }[] = []): Promise<string> {
  const out = join(sites.folder, `${count++}.archive`);
  const head = { namespace: 'payments', created: '2026-11-24T12:00:00.000Z', device: 'oslo' };
  const writer = await createArchive(out, head, PASSPHRASE);
  for (const entry of entries) await writer.put(entry);
  await writer.finish({ domain: 'sha256:00', release: '5.0', users });
  await writer.commit();
  return out;
}

const restore = (file: string, namespace = PAYMENTS) =>
  restoreNamespace(
    sites.oslo.session,
    { file, passphrase: PASSPHRASE, namespace, users: true },
    { deviceBackups: join(sites.folder, 'device-backups') },
  );
const writes = (): number => sites.oslo.practice.node.metrics.kvWrite;

test('odd paths and those of other stores are refused before a device is asked anything', async () => {
  const before = writes();
  for (const path of ['/config/backup-salt', '/key/.payments/../../config/x', '/authentication/admin']) {
    const entry = { kind: 'key', id: 'k1', path, value: Buffer.from('sealed') } as unknown as SealedEntry;
    await assert.rejects(restore(await archive([entry])), (error) => isProblem(error, 'damaged'), path);
  }
  assert.equal(writes(), before);
});

test('an archive of another Domain Key, and one that claims to be of another namespace, change nothing', async () => {
  await createNamespace(sites.oslo, 'other');
  const out = join(sites.folder, 'payments.archive');
  await backupNamespace(sites.oslo.session, PAYMENTS, { out, passphrase: PASSPHRASE });
  const before = [writes(), await sites.oslo.must('GET', '/users', ADMIN)];
  await assert.rejects(restore(out, parseNamespace('other')), (error) => isProblem(error, 'refused'));
  const user = sealedUser(PAYMENTS, parseUserName('mallory'), Buffer.from('sealed elsewhere'));
  const foreign = await archive([user], [{ name: 'mallory', role: 'Operator' }]);
  await assert.rejects(restore(foreign), (error) => isProblem(error, 'refused') && /Domain Key/.test(error.message));
  assert.deepEqual([writes(), await sites.oslo.must('GET', '/users', ADMIN)], before);
});

test('a keeper whom an archive calls an Operator does not come back as what he is', async () => {
  const out = join(sites.folder, 'roles.archive');
  await backupNamespace(sites.oslo.session, PAYMENTS, { out, passphrase: PASSPHRASE });
  const { head, batches, inventory } = await openArchive(out, PASSPHRASE);
  const resealed = join(sites.folder, 'resealed.archive');
  const writer = await createArchive(resealed, head, PASSPHRASE);
  for await (const batch of batches) for (const entry of batch) await writer.put(entry);
  const { domain, release, users } = inventory();
  await writer.finish({ domain, release, users: users.map(({ name }) => ({ name, role: 'Operator' })) });
  await writer.commit();
  const replicator = await sites.oslo.session.namespaceAdministrator(PAYMENTS);
  await sites.oslo.must('DELETE', '/users/payments~keeper', replicator);
  const report = await restore(resealed);
  assert.deepEqual(report.failed, [
    { id: 'user keeper', reason: 'it came as Administrator, which no archive may bring, and was removed again' },
  ]);
  assert.ok(!isWhole(report));
  assert.equal((await sites.oslo.ask('GET', '/users/payments~keeper', replicator)).status, 404);
  assert.equal((await sites.oslo.ask('GET', '/keys', keeper('payments'))).status, 401);
});
