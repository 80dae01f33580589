import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { checkLeftOvers } from '../../core/doctor/left-overs.ts';
import type { Context } from '../../core/replication/context.ts';
import type { Policy } from '../../core/replication/policy.ts';

test('files of killed runs are found in our folders and in those of backups, but not what is whole or young', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'left-overs-'));
  const [state, backups] = [join(folder, 'state'), join(folder, 'backups')];
  const ctx = {
    clock: systemClock,
    deviceBackups: join(state, 'device-backups'),
    archives: join(state, 'archives'),
  } as unknown as Context;
  const policies = [{ backups: { directory: backups } }, {}] as unknown as Policy[];
  try {
    assert.equal((await checkLeftOvers(ctx, policies)).ok, true, 'no folder is there yet');
    const old = [
      join(ctx.deviceBackups, 'oslo.nethsm-backup.0123456789ab.tmp'),
      join(ctx.deviceBackups, 'oslo-merged-2026-11-24T20-54-47-428Z.nethsm-backup'),
      join(backups, 'keepers', 'payments~oslo~x.nethsm-archive.ba9876543210.tmp'),
    ];
    const others = [
      join(ctx.archives, 'payments.nethsm-archive'),
      join(backups, 'notes.tmp'),
      join(ctx.deviceBackups, 'oslo-before-merge-2026-11-24T20-54-47-428Z.nethsm-backup'),
    ];
    const young = join(backups, 'now.nethsm-archive.0123456789ab.tmp');
    for (const place of [ctx.deviceBackups, ctx.archives, join(backups, 'keepers')]) {
      await mkdir(place, { recursive: true });
    }
    for (const file of [...old, ...others, young]) await writeFile(file, '');
    const yesterday = Date.now() / 1000 - 86_400;
    for (const file of [...old, ...others]) await utimes(file, yesterday, yesterday);
    const { ok, detail, remedy } = await checkLeftOvers(ctx, policies);
    assert.equal(ok, false);
    assert.deepEqual(detail.split(': ')[1]?.split(', ').sort(), old.sort());
    assert.match(remedy ?? '', /Delete/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
