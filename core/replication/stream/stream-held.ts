import { under, withLease } from '../roles/lease.ts';
import type { HeldLease } from '../roles/lease-record.ts';
import { askFor } from './comparison.ts';
import { restAfterPass } from './pacing.ts';
import { isSamePremises, readPremises } from './premises.ts';
import { quickSync } from './quick-sync.ts';
import { keepArrived, targetsOf } from './stretch.ts';
import { rest } from './time-limit.ts';
import { closeBooks, isOver, listen, readAll, type Work } from './work.ts';

/** How often roles are read and what arrived is put into the journal, and how long an idle lease is kept, in milliseconds. */
const MINUTE = 60_000;

/** Works with the lease held, until nothing came for a minute or a comparison is due. */
export async function streamWhileBusy(work: Work): Promise<void> {
  const { env, stretch } = work;
  const { policy, premises } = stretch;
  if (premises.sources.every((source) => targetsOf(stretch, source).length === 0)) {
    // Nobody to carry to: whoever comes back brings a comparison.
    work.pending.clear();
    return;
  }
  const sessions = premises.devices.map((device) => env.ctx.session(device));
  await withLease(env.ctx, sessions, policy, async (lease) => {
    const held: Work = { ...work, env: { ...env, ctx: under(env.ctx, lease) } };
    await streamHeld(held, lease);
    if (!env.ctx.signal.aborted && stretch.arrived.length > 0) await checkAndKeep(held, lease);
  });
}

async function streamHeld(work: Work, lease: HeldLease): Promise<void> {
  const { env, stretch, pending } = work;
  const { clock, signal } = env.ctx;
  let checkedAt = clock.now();
  let busyAt = clock.now();
  while (!isOver(work) && clock.now() - busyAt < MINUTE) {
    if (clock.now() - checkedAt >= MINUTE) {
      await checkAndKeep(work, lease);
      checkedAt = clock.now();
      continue;
    }
    readAll(work);
    const looks = [...pending];
    pending.clear();
    let changes = 0;
    for (const [source, since] of looks) changes += await look(work, source, since);
    if (changes === 0) {
      await listen(work, Math.min(work.due.at, busyAt + MINUTE, checkedAt + MINUTE));
      continue;
    }
    busyAt = clock.now();
    // Where keys come, more come: the next look does not wait for the counter.
    for (const [source] of looks) pending.set(source, stretch.listedAt.get(source) ?? busyAt);
    const lastPass = Math.max(...looks.map(([source]) => env.device(source).reader.lastPass()));
    await rest(clock, restAfterPass({ maxLag: stretch.policy.replication.maxLag, lastPass }), signal);
  }
}

/**
 * Keeps what arrived, and goes on only with roles and devices that are as they were: a mark that is raised on a device which
 * was restored meanwhile would hide that from the comparison.
 */
async function checkAndKeep({ env, stretch, last, due }: Work, lease: HeldLease): Promise<void> {
  const premises = await readPremises(env.ctx, stretch.policy, last.resting);
  if (typeof premises !== 'string' && isSamePremises(premises, stretch.premises)) {
    await lease.requireHeld();
    return keepArrived(env.ctx, stretch);
  }
  stretch.arrived = [];
  askFor(due, { ...last, endedAt: 0, took: 0 }, 'keys', 'roles or devices are not as they were');
}

async function look({ env, stretch, last, due }: Work, source: string, since: number): Promise<number> {
  const { changes, why } = await quickSync(env, stretch, source, { since, isWhole: due.reason === 'backstop' });
  if (why !== undefined) askFor(due, last, 'keys', why);
  closeBooks(env, source);
  return changes;
}
