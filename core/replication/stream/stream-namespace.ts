import { listIds } from '../../inventory/read.ts';
import { namespaceTitle } from '../../names.ts';
import { Problem } from '../../problem.ts';
import type { Policy } from '../policy.ts';
import { random } from '../random.ts';
import { cameAndWent } from './compare-ids.ts';
import { type Comparison, type Due, makeComparison, nextDue } from './comparison.ts';
import type { StreamEnv } from './env.ts';
import type { Mailbox } from './mailbox.ts';
import { backoff } from './pacing.ts';
import { readPremises } from './premises.ts';
import { streamWhileBusy } from './stream-held.ts';
import type { Stretch } from './stretch.ts';
import { rest, takeWithin } from './time-limit.ts';
import { closeBooks, isOver, type Letter, listen, PAUSE_LOOK, readAll, type Work } from './work.ts';

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

/** A comparison, then the quick way until the next one is due or the namespace is paused; gives why that one is due. */
async function streamOnce(env: StreamEnv, policy: Policy, box: Mailbox<Letter>, kept: Kept): Promise<Due> {
  const { due: before, targets } = kept;
  box.empty();
  if (before !== undefined) env.onComparison(policy.namespace, before.why);
  const last = await makeComparison(env, policy);
  // Nothing was behind the writes that asked for it: perhaps the device's own, once an hour.
  if (last.foundNothing) for (const [device, uptime] of before?.uptimes ?? []) env.device(device).hourly.learn(uptime);
  const premises = await usablePremises(env, policy, last);
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
    // What was heard while everything was compared.
    readAll(work);
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

async function usablePremises(env: StreamEnv, policy: Policy, { resting }: Comparison) {
  const premises = await readPremises(env.ctx, policy, resting);
  if (typeof premises !== 'string') return premises;
  throw new Problem({
    kind: 'refused',
    place: namespaceTitle(policy.namespace),
    cause: `nothing is streamed: ${premises}`,
    remedy: 'Look at status and roles; it goes on by itself once all is as it should be',
  });
}
