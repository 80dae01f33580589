import { probeWriteBlocked } from '../device/write-probe.ts';
import { listIds } from '../inventory/read.ts';
import type { KeyId } from '../names.ts';
import { isProblem, Problem } from '../problem.ts';
import type { WorkOptions } from '../progress.ts';
import { append } from './append.ts';
import { cutBodies, fitsBody, tooLarge } from './batches.ts';
import { requireSameDomain } from './domain.ts';
import type { Origin } from './prepare-target.ts';
import { type Expected, readBack } from './read-back.ts';
import type { TransferReport } from './report.ts';
import { entryTitle, type SealedEntry } from './sealed-entry.ts';
import { noteAppend, refreshTarget, seeSealed, type Target, wasChanged } from './target.ts';

/** Sealed entries on their way, and where they come from. */
export interface Delivery {
  origin: Origin;
  /** The entries from the beginning; asked for again when many are to be verified. */
  entries: () => AsyncIterable<readonly SealedEntry[]>;
  /** What each key should be when read back, where the source could tell. */
  expected?: Expected;
  /**
   * Looks at a key that is on the target with other bytes, and mends what may be mended: gives undefined when it is
   * as it should be now, else why it is left alone. Without it, all such keys are conflicts.
   */
  settle?: (id: KeyId) => Promise<string | undefined>;
}

/** Up to so many entries of a delivery are read back one by one, each with the requests of a read. */
const READ_EACH = 200;

/**
 * Brings entries onto a device by `append`: creates only, in small whole bodies. Stops at the first sign that the
 * device is not as it should be. Everything that came of it is in the report, which also holds what was done before a
 * cancel: a cancel is obeyed between two bodies.
 *
 * What was sent is read back by key; of many, one key in each body at once, and all of them at the end by their sealed
 * bytes in a backup of the device, keys whose bytes differ by then (somebody used or tagged them) by key.
 */
export async function deliver(
  target: Target,
  delivery: Delivery,
  report: TransferReport,
  options: WorkOptions = {},
): Promise<void> {
  const sent = new Set<string>();
  try {
    await sendAll(target, delivery, report, sent, options);
  } finally {
    if (sent.size > READ_EACH) await verifySent(target, delivery, report, sent, options);
  }
  if (report.done > 0 && report.stopped === undefined) {
    const gone = await goneFrom(target, target.keys);
    if (gone !== undefined) report.stopped = gone.message;
  }
}

/** Sends all bodies; `sent` gets the paths of what was sent and not yet verified by key. */
async function sendAll(
  target: Target,
  delivery: Delivery,
  report: TransferReport,
  sent: Set<string>,
  options: WorkOptions,
): Promise<void> {
  const phase = `copying to ${target.session.name}`;
  const expected = delivery.expected ?? (() => undefined);
  for await (const body of cutBodies(toSend(target, delivery, report))) {
    if (options.signal?.aborted) {
      report.stopped = 'it was cancelled; what was sent before is there and verified';
      return;
    }
    await refreshTarget(target);
    requireSameDomain(target, delivery.origin);
    const entries: SealedEntry[] = [];
    for (const entry of body) {
      if (isPresent(target, entry)) await settlePresent(target, delivery, report, entry);
      else entries.push(entry);
    }
    if (entries.length === 0) continue;
    const before = report.done === 0 ? new Set(target.keys) : undefined;
    const problem = await append(target, entries);
    report.done += entries.length;
    const readNow = problem !== undefined || report.done <= READ_EACH ? entries : entries.slice(0, 1);
    const back = await readBack(target, readNow, expected);
    report.verified += back.verified.length;
    report.failed.push(...back.failed);
    const later = entries.slice(readNow.length);
    for (const entry of later) sent.add(entry.path);
    noteAppend(target, [...back.verified, ...later]);
    options.onProgress?.({ phase, done: report.same + report.done, total: report.asked, unit: 'keys' });
    const reason = await whyStop(target, problem, before);
    if (reason === undefined) continue;
    if (report.verified === 0) throw reason;
    report.stopped = reason.message;
    return;
  }
}

/** Verifies what was sent and not read back by key: by its bytes in a backup of the device, else by key after all. */
async function verifySent(
  target: Target,
  delivery: Delivery,
  report: TransferReport,
  sent: ReadonlySet<string>,
  options: WorkOptions,
): Promise<void> {
  // A cancel is no reason to leave what was sent unverified.
  const { onProgress } = options;
  const { sealed, domain } = await seeSealed(target, onProgress ? { onProgress } : {});
  requireSameDomain({ ...target, domain }, delivery.origin);
  const others: SealedEntry[] = [];
  for await (const batch of delivery.entries()) {
    for (const entry of batch) {
      if (!sent.has(entry.path)) continue;
      if (sealed.holds(entry.path, entry.value)) report.verified += 1;
      else others.push({ ...entry, value: Buffer.alloc(0) });
    }
  }
  const back = await readBack(target, others, delivery.expected ?? (() => undefined));
  report.verified += back.verified.length;
  report.failed.push(...back.failed);
}

async function* toSend(target: Target, delivery: Delivery, report: TransferReport): AsyncGenerator<SealedEntry[]> {
  for await (const batch of delivery.entries()) {
    const entries: SealedEntry[] = [];
    for (const entry of batch) {
      if (isPresent(target, entry)) await settlePresent(target, delivery, report, entry);
      else if (fitsBody(entry)) entries.push(entry);
      else report.failed.push({ id: entryTitle(entry), reason: tooLarge(target.session.name, entry).reason });
    }
    if (entries.length > 0) yield entries;
  }
}

const isPresent = (target: Target, entry: SealedEntry): boolean =>
  entry.kind === 'key' ? target.keys.has(entry.id) : target.users.has(`${target.namespace}~${entry.name}`);

async function settlePresent(
  target: Target,
  delivery: Delivery,
  report: TransferReport,
  entry: SealedEntry,
): Promise<void> {
  const same = target.sealed.holds(entry.path, entry.value);
  const left = 'it is there with other content, and is left as it is';
  const reason = same ? undefined : entry.kind === 'key' && delivery.settle ? await delivery.settle(entry.id) : left;
  if (reason === undefined) {
    report.same += 1;
    report.verified += 1;
  } else report.conflicts.push({ id: entryTitle(entry), reason });
}

/** Whether something about the device says that nothing more may be sent. */
async function whyStop(
  target: Target,
  problem: Problem | undefined,
  before?: ReadonlySet<string>,
): Promise<Problem | undefined> {
  if (problem === undefined) return before && goneFrom(target, before);
  const { session } = target;
  if (isProblem(problem, 'locked')) return problem;
  const blocked = await probeWriteBlocked(session.node, await session.administrator()).catch((error: unknown) => {
    if (isProblem(error)) return false;
    throw error;
  });
  return blocked ? writeBlocked(session.name, problem) : problem;
}

const writeBlocked = (place: string, cause: Problem): Problem =>
  new Problem(
    {
      kind: 'write-blocked',
      place,
      cause: `it no longer accepts writes after an append that did not end well (${cause.reason})`,
      remedy:
        'Keep using its keys, which works; let nobody restart it in a hurry: only a restore that ends frees it. See the runbook for write-blocked devices',
    },
    { cause },
  );

/**
 * Keys that were there and are no longer listed, though nobody else wrote as far as we can see: an append removes nothing,
 * so the device did what no tested one does.
 */
async function goneFrom(target: Target, before: ReadonlySet<string>): Promise<Problem | undefined> {
  const now = new Set<string>(await listIds(target.session, target.namespace));
  const gone = [...before].filter((id) => !now.has(id));
  if (gone.length === 0 || (await wasChanged(target)) === true) return undefined;
  return new Problem({
    kind: 'unexpected',
    place: target.session.name,
    cause: `${gone.length} keys that were listed before are not listed any more (${gone.slice(0, 5).join(', ')} …)`,
    remedy: 'Find out whether somebody deleted them; if not, restore them from the backup that was made before',
  });
}
