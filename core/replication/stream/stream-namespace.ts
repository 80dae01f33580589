import { listIds } from '../../inventory/read.ts';
import { namespaceTitle } from '../../names.ts';
import { Problem } from '../../problem.ts';
import type { Policy } from '../policy.ts';
import { random } from '../random.ts';
import { withLease } from '../roles/lease.ts';
import { cameAndWent } from './compare-ids.ts';
import { askFor, type Comparison, type Due, makeComparison, nextDue } from './comparison.ts';
import type { StreamEnv } from './env.ts';
import type { Mailbox } from './mailbox.ts';
import { backoff, restAfterPass } from './pacing.ts';
import { isSamePremises, readPremises } from './premises.ts';
import { quickSync } from './quick-sync.ts';
import { keepArrived, noteQuiet, type Stretch, targetsOf } from './stretch.ts';
import { rest, takeWithin } from './time-limit.ts';

/** What a namespace is told of its devices. */
export type Letter =
  /** Something changed; it had not happened yet at `since`. */
  | { kind: 'change'; device: string; since: number }
  /** Writes were seen that no listing explains. */
  | { kind: 'suspicious'; device: string; uptime: number | undefined }
  /** The device answers again. */
  | { kind: 'back'; device: string };

/** How often roles are read and what arrived is put into the journal, and how long an idle lease is kept, in milliseconds. */
const MINUTE = 60_000;
const PAUSE_LOOK = 2_000;

/**
 * Streams one namespace until the signal fires: a full comparison first, then new keys the quick way as they come, and
 * another comparison whenever something shows that the quick way may not decide. A failure is told, and after a pause that
 * grows with failures, or as soon as a device is back, it begins again with a comparison.
 */
export async function streamNamespace(env: StreamEnv, policy: Policy, box: Mailbox<Letter>): Promise<void> {
  const { clock, journal, signal } = env.ctx;
  let failures = 0;
  const kept: Kept = { due: undefined, targets: new Map() };
  while (!signal.aborted) {
    if (journal.paused(policy.namespace) !== undefined) {
      await rest(clock, PAUSE_LOOK, signal);
      continue;
    }
    try {
      kept.due = await streamOnce(env, policy, box, kept);
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      kept.targets.clear();
      env.onFailure(policy.namespace, error);
      await pauseAfterFailure(env, box, backoff(failures, random(env.ctx)));
    }
  }
}

async function pauseAfterFailure({ ctx }: StreamEnv, box: Mailbox<Letter>, ms: number): Promise<void> {
  const { clock, signal } = ctx;
  const end = clock.now() + ms;
  box.empty();
  while (!signal.aborted && clock.now() < end) {
    const letters = await takeWithin(clock, end - clock.now(), box, signal).catch(() => []);
    if (letters.some(({ kind }) => kind === 'back')) return;
  }
}

/** What outlives a comparison: why it is made, and targets that are open; they notice by themselves what others write. */
interface Kept {
  due: Due | undefined;
  targets: Stretch['targets'];
}

/** What a namespace works with between two comparisons. */
interface Work {
  env: StreamEnv;
  stretch: Stretch;
  box: Mailbox<Letter>;
  last: Comparison;
  due: Due;
  /** Sources to be looked at, and since when what they may show had not happened yet. */
  pending: Map<string, number>;
}

/** A comparison, then the quick way until the next one is due or the namespace is paused; gives why that one is due. */
async function streamOnce(env: StreamEnv, policy: Policy, box: Mailbox<Letter>, kept: Kept): Promise<Due> {
  const { due: before, targets } = kept;
  box.empty();
  if (before !== undefined) env.onComparison(policy.namespace, before.why);
  const last = await makeComparison(env, policy);
  // Nothing was behind the writes that asked for it: perhaps the device's own, once an hour.
  if (last.foundNothing) for (const [device, uptime] of before?.uptimes ?? []) env.device(device).hourly.learn(uptime);
  const premises = await usablePremises(env, policy);
  const empty = { origins: new Map(), targets, arrived: [] };
  const stretch: Stretch = { policy, premises, known: last.known, listedAt: last.listedAt, ...empty };
  const work: Work = { env, stretch, box, last, due: nextDue(last), pending: new Map() };
  const ledgers = premises.sources.map((source) => env.device(source).ledger);
  for (const ledger of ledgers) ledger.follow(policy.namespace, true);
  try {
    for (const source of premises.sources) {
      // What came while the comparison ran must not wait for the next change. A letter that is on its way may say that it is older.
      work.pending.set(source, Math.max(last.listedAt.get(source) ?? 0, env.quietAt(source) ?? 0));
    }
    while (!isOver(work)) {
      if (await isAnythingNew(work)) await streamWhileBusy(work);
      else await listen(work, work.due.at);
    }
  } finally {
    for (const ledger of ledgers) ledger.follow(policy.namespace, false);
  }
  return work.due;
}

/** Looks at the sources that may have changed, without a lease: whether there is anything that needs one. */
async function isAnythingNew({ env, stretch, pending }: Work): Promise<boolean> {
  for (const source of pending.keys()) {
    const { namespace } = stretch.policy;
    const begunAt = env.ctx.clock.now();
    const ids = await listIds(env.ctx.session(source), namespace, env.ctx);
    const { came, went } = cameAndWent(stretch.known.get(source) ?? [], ids);
    if (came.length + went.length > 0) continue;
    pending.delete(source);
    stretch.listedAt.set(source, begunAt);
    env.device(source).ledger.listed(namespace, begunAt, 0);
    closeBooks(env, source);
  }
  return pending.size > 0;
}

/** What no listing explains is told to all namespaces of the device. */
function closeBooks(env: StreamEnv, source: string): void {
  if ((env.device(source).ledger.close() ?? 0) > 0) env.suspect(source);
}

async function usablePremises(env: StreamEnv, policy: Policy) {
  const premises = await readPremises(env.ctx, policy);
  const why =
    typeof premises === 'string'
      ? premises
      : premises.sources.length === 0
        ? 'no primary can be worked with'
        : undefined;
  if (typeof premises !== 'string' && why === undefined) return premises;
  throw new Problem({
    kind: 'refused',
    place: namespaceTitle(policy.namespace),
    cause: `nothing is streamed: ${why}`,
    remedy: 'Look at status and roles; it goes on by itself once all is as it should be',
  });
}

/** Whether another comparison is due, or nothing more may be done. */
function isOver({ env, stretch, due }: Work): boolean {
  const { clock, journal, signal } = env.ctx;
  return signal.aborted || clock.now() >= due.at || journal.paused(stretch.policy.namespace) !== undefined;
}

/** Waits for letters until a moment, not for long, and does what they ask for. */
async function listen(work: Work, until: number): Promise<void> {
  const { clock, signal } = work.env.ctx;
  const wait = Math.min(PAUSE_LOOK, until - clock.now());
  for (const letter of await takeWithin(clock, wait, work.box, signal)) read(work, letter);
  if (work.pending.size === 0 && work.due.reason === 'backstop') noteQuiet(work.env, work.stretch);
}

function read({ stretch, last, due, pending }: Work, letter: Letter): void {
  const { device } = letter;
  if (letter.kind === 'change' && stretch.premises.sources.includes(device)) {
    // What the last listing did not show had not happened when it began.
    const since = Math.max(letter.since, stretch.listedAt.get(device) ?? 0);
    pending.set(device, Math.min(since, pending.get(device) ?? since));
  } else if (letter.kind === 'suspicious') {
    if (letter.uptime !== undefined) due.uptimes.set(device, letter.uptime);
    askFor(due, last, 'unexplained', `something was written on ${device} that no listing shows`);
  } else if (letter.kind === 'back') {
    askFor(due, last, 'keys', `${device} is back`);
  }
}

/** Works with the lease held, until nothing came for a minute or a comparison is due. */
async function streamWhileBusy(work: Work): Promise<void> {
  const { env, stretch } = work;
  const { policy, premises } = stretch;
  if (premises.sources.every((source) => targetsOf(stretch, source).length === 0)) {
    // Nobody to carry to: whoever comes back brings a comparison.
    work.pending.clear();
    return;
  }
  const sessions = premises.devices.map((device) => env.ctx.session(device));
  await withLease(env.ctx, sessions, policy, async (lease) => {
    const held: Work = { ...work, env: { ...env, ctx: { ...env.ctx, signal: lease.signal } } };
    await streamHeld(held);
    lease.requireHeld();
    if (!env.ctx.signal.aborted) await keepArrived(held.env.ctx, stretch);
  });
}

async function streamHeld(work: Work): Promise<void> {
  const { env, stretch, pending } = work;
  const { clock, signal } = env.ctx;
  let checkedAt = clock.now();
  let busyAt = clock.now();
  while (!isOver(work) && clock.now() - busyAt < MINUTE) {
    if (clock.now() - checkedAt >= MINUTE) {
      const premises = await readPremises(env.ctx, stretch.policy);
      if (typeof premises === 'string' || !isSamePremises(premises, stretch.premises)) {
        return askFor(work.due, { ...work.last, endedAt: 0, took: 0 }, 'keys', 'roles or devices are not as they were');
      }
      await keepArrived(env.ctx, stretch);
      checkedAt = clock.now();
    }
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

async function look({ env, stretch, last, due }: Work, source: string, since: number): Promise<number> {
  const { changes, why } = await quickSync(env, stretch, source, since);
  if (why !== undefined) askFor(due, last, 'keys', why);
  closeBooks(env, source);
  return changes;
}
