import assert from 'node:assert/strict';
import { copyFile, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Namespace, ROOT } from '../../../core/names.ts';
import { isProblem } from '../../../core/problem.ts';
import type { Context } from '../../../core/replication/context.ts';
import { readScheduledName, scheduledName } from '../../../core/replication/schedule/archive-files.ts';
import { backupOnSchedule } from '../../../core/replication/schedule/backup-on-schedule.ts';
import { verifyArchive } from '../../../core/transfer/backup-namespace.ts';
import { contextOf, type FakeClock, fakeClock, policyFor } from '../../support/context.ts';
import { importKey, type Sites, startSites } from '../../support/sites.ts';

let sites: Sites;
let clock: FakeClock;
let ctx: Context;
before(async () => {
  sites = await startSites();
  clock = fakeClock();
  ctx = contextOf([sites.oslo.session, sites.bergen.session], sites.folder, { clock });
  for (const n of [1, 2]) await importKey(sites.oslo, 'payments', `key-${n}`, n);
});
after(async () => {
  ctx.journal.close();
  await sites.close();
});

const nameOf = (namespace: string, at: number, device = 'oslo'): string =>
  scheduledName({ namespace: namespace as Namespace, device, at });

test('the name of an archive says whose it is and when it was made, and no other name does', () => {
  const at = Date.UTC(2026, 10, 24, 3, 0, 0, 7);
  for (const namespace of ['payments', 'root', 'a-2026-11-24T03-00-00-007Z', ROOT] as Namespace[]) {
    assert.deepEqual(readScheduledName(nameOf(namespace, at)), { namespace, device: 'oslo', at });
  }
  assert.equal(nameOf('payments', at), 'payments~oslo~2026-11-24T03-00-00-007Z.nethsm-archive');
  for (const name of [
    'payments.nethsm-archive',
    'payments-2026-11-24T03-00-00-007Z.nethsm-archive',
    'payments~oslo~2026-11-24.nethsm-archive',
    '_x~oslo~2026-11-24T03-00-00-007Z.nethsm-archive',
    'payments~-o~2026-11-24T03-00-00-007Z.nethsm-archive',
    'payments~oslo~2026-13-24T03-00-00-007Z.nethsm-archive',
    'payments~oslo~2026-11-24T03-00-00-007Z.nethsm-archive.tmp',
    'payments~bergen~returned~2026-11-24T03-00-00-007Z.nethsm-archive',
    'payments~bergen~2026-11-24T03-00-00-007Z-abcd.nethsm-archive',
  ]) {
    assert.equal(readScheduledName(name), undefined, name);
  }
});

test('a backup is verified and told; older ones of the same namespace and devices go, and nothing else', async () => {
  const base = policyFor('payments', sites.folder);
  const directory = join(sites.folder, 'backups', 'deep');
  const policy = { ...base, backups: { directory, keep: { last: 2 } } };
  const strangers = [nameOf('iot', 0), nameOf('payments', 0, 'rome')];
  const made: string[] = [];
  for (let day = 0; day < 3; day++) {
    const report = await backupOnSchedule(ctx, policy);
    assert.deepEqual([report.device, report.keys, report.verified], ['oslo', 2, 2]);
    made.push(basename(report.file));
    assert.deepEqual(
      report.pruned.map((file) => basename(file)),
      day === 2 ? [made[0]] : [],
    );
    if (day === 0) {
      await writeFile(join(directory, 'payments-old.nethsm-archive'), 'by hand');
      for (const name of strangers) await writeFile(join(directory, name), 'of somebody else');
    }
    clock.advance(86_400_000);
  }
  const left = await readdir(directory);
  assert.deepEqual(left.sort(), [...made.slice(1), 'payments-old.nethsm-archive', ...strangers].sort());
  const whole = await verifyArchive(join(directory, made[2] as string), 'archive passphrase');
  assert.equal(whole.keys, 2);
  assert.ok(whole.users.some(({ name }) => name === 'keeper'));
  const [told] = ctx.journal.activity(1);
  assert.deepEqual([told?.kind, told?.level, told?.verified], ['backup', 'info', 2]);
});

test('a file that is dated in the future is told, and takes no place', async () => {
  const base = policyFor('payments', sites.folder);
  const directory = join(sites.folder, 'ahead');
  const policy = { ...base, backups: { directory, keep: { last: 1 } } };
  const first = await backupOnSchedule(ctx, policy);
  const ahead = join(directory, nameOf(base.namespace, clock.now() + 400 * 86_400_000));
  await copyFile(first.file, ahead);
  clock.advance(86_400_000);
  const second = await backupOnSchedule(ctx, policy);
  assert.deepEqual(second.pruned, [first.file]);
  assert.deepEqual((await readdir(directory)).sort(), [basename(second.file), basename(ahead)].sort());
  const [, told] = ctx.journal.activity(2);
  assert.deepEqual([told?.level, told?.text.startsWith(`${ahead} is dated in the future`)], ['warning', true]);
});

test('without a rule nothing goes; without a folder it is refused; where nobody has the namespace it fails', async () => {
  const base = policyFor('payments', sites.folder);
  const directory = join(sites.folder, 'all');
  for (let n = 0; n < 2; n++) {
    assert.deepEqual((await backupOnSchedule(ctx, { ...base, backups: { directory } })).pruned, []);
    clock.advance(1000);
  }
  assert.equal((await readdir(directory)).length, 2);
  const { backups: _, ...bare } = base;
  await assert.rejects(backupOnSchedule(ctx, bare), (error) => isProblem(error, 'bad-manifest'));
  await assert.rejects(
    backupOnSchedule(ctx, { ...policyFor('nowhere', sites.folder), backups: { directory } }),
    (error) => isProblem(error),
  );
  assert.equal((await readdir(directory)).length, 2);
});

test('where the primary does not answer, it is made of another device that has the namespace, and that is told', async () => {
  const base = policyFor('payments', sites.folder);
  const directory = join(sites.folder, 'other');
  const sitesTurned = { kind: 'one-way', primary: 'bergen', replicas: ['oslo'] } as const;
  // Bergen has no namespace yet: to read, it is as good as gone.
  const report = await backupOnSchedule(ctx, { ...base, sites: sitesTurned, backups: { directory } });
  assert.equal(report.device, 'oslo');
  const told = ctx.journal.activity(2);
  assert.match(told[1]?.text ?? '', /no primary of payments can be read: the backup is made of oslo/);
  assert.equal(told[1]?.level, 'warning');
});
