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
import { noteAppend, refreshTarget, sealedDigest, type Target, wasChanged } from './target.ts';

/** Sealed entries on their way, and where they come from. */
export interface Delivery {
  origin: Origin;
  entries: AsyncIterable<readonly SealedEntry[]>;
  /** What each key should be when read back, where the source could tell. */
  expected?: Expected;
  /**
   * Looks at a key that is on the target with other bytes, and mends what may be mended: gives undefined when it is
   * as it should be now, else why it is left alone. Without it, all such keys are conflicts.
   */
  settle?: (id: KeyId) => Promise<string | undefined>;
}

/**
 * Brings entries onto a device by `append`: creates only, in small whole bodies, each read back. Stops at the first
 * sign that the device is not as it should be. Everything that came of it is in the report, which also holds what was
 * done before a cancel: a cancel is obeyed between two bodies.
 */
export async function deliver(
  target: Target,
  delivery: Delivery,
  report: TransferReport,
  options: WorkOptions = {},
): Promise<void> {
  const phase = `copying to ${target.session.name}`;
  const progress = (): void =>
    options.onProgress?.({ phase, done: report.verified, total: report.asked, unit: 'keys' });
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
    const before = new Set(target.keys);
    const problem = await append(target, entries);
    const back = await readBack(target, entries, delivery.expected ?? (() => undefined));
    noteAppend(target, back.verified);
    report.done += entries.length;
    report.verified += back.verified.length;
    report.failed.push(...back.failed);
    progress();
    const first = report.done === entries.length;
    const reason = await whyStop(target, problem, first ? before : undefined);
    if (reason !== undefined) {
      if (report.verified === 0) throw reason;
      report.stopped = reason.message;
      return;
    }
  }
  if (report.done > 0) {
    const gone = await goneFrom(target, target.keys);
    if (gone !== undefined) report.stopped = gone.message;
  }
}

async function* toSend(target: Target, delivery: Delivery, report: TransferReport): AsyncGenerator<SealedEntry[]> {
  for await (const batch of delivery.entries) {
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
  const same = target.sealed.get(entry.path) === sealedDigest(entry.value);
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
