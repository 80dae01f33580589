import { openDeviceBackup } from '../backup/device-backup.ts';
import { type BitSet, createBitSet } from '../bit-set.ts';
import { mapConcurrently } from '../concurrent.ts';
import { probeWriteBlocked } from '../device/write-probe.ts';
import { meet } from '../inventory/compare.ts';
import { READS_AT_ONCE, readIds, readKey } from '../inventory/read.ts';
import { sealedItems } from '../inventory/sealed.ts';
import { isStandIn } from '../inventory/stand-in.ts';
import type { KeyId, UserName } from '../names.ts';
import { isProblem, Problem } from '../problem.ts';
import type { WorkOptions } from '../progress.ts';
import { append } from './append.ts';
import { cutBodies, fitsBody, tooLarge } from './batches.ts';
import { type Origin, requireSameDomain } from './prepare-target.ts';
import { type Expected, readBack } from './read-back.ts';
import type { TransferReport } from './report.ts';
import { entryTitle, type SealedEntry } from './sealed-entry.ts';
import { refreshTarget, type Target, wasChanged } from './target.ts';

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
  /** Users among the entries who come back as N-Administrators. Without it, only Operators may come. */
  administrators?: ReadonlySet<UserName>;
  /** Ids that stand-ins hold on the target: the key is put over its stand-in, if that is still one. */
  reserved?: ReadonlySet<KeyId>;
  /** Operators whose entries are replaced whole: what somebody changes of them at that moment is lost. */
  replaced?: ReadonlySet<UserName>;
}

/** Up to so many entries of a delivery are read back one by one, each with the requests of a read. */
const READ_EACH = 200;

/** An entry with its place in the delivery. */
type Numbered = SealedEntry & { place: number };

/** A delivery under way. */
interface Run {
  target: Target;
  delivery: Delivery;
  report: TransferReport;
  expected: Expected;
  /** Places of the keys that wait to be looked at by their bytes: sent, or made by somebody since we read the device. */
  waiting: BitSet;
  /** Those of them that were not sent. */
  strange: BitSet;
}

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
  const expected = delivery.expected ?? (() => undefined);
  const run: Run = { target, delivery, report, expected, waiting: createBitSet(), strange: createBitSet() };
  await untilProblem(run, () => sendAll(run, options));
  if (run.waiting.size() > 0) await untilProblem(run, () => verifyWaiting(run, options));
  if (report.done > 0 && report.stopped === undefined) {
    await untilProblem(run, async () => {
      const gone = await goneFrom(target, target.keys);
      if (gone !== undefined) report.stopped = gone.message;
    });
  }
}

/** What was done before a Problem is told: once something was sent, the report says why it stopped. */
async function untilProblem({ report }: Run, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isProblem(error) || report.done === 0) throw error;
    report.stopped ??= error.message;
  }
}

async function sendAll(run: Run, options: WorkOptions): Promise<void> {
  const { target, delivery, report } = run;
  const phase = `copying to ${target.session.name}`;
  for await (const body of cutBodies(toSend(run))) {
    if (options.signal?.aborted) {
      report.stopped = 'it was cancelled; what was sent before is there and verified';
      return;
    }
    await refreshTarget(target);
    requireSameDomain(target, delivery.origin);
    const entries: Numbered[] = [];
    const lost = await lostStandIns(run, body);
    for (const entry of body) {
      if (isPresent(run, entry)) await settlePresent(run, entry);
      else if (!lost.has(entryTitle(entry))) entries.push(entry);
      else report.conflicts.push({ id: entryTitle(entry), reason: 'its stand-in is gone, or became a key meanwhile' });
    }
    if (entries.length === 0) continue;
    const before = report.done === 0 ? target.keys : undefined;
    const problem = await append(target, entries);
    report.done += entries.length;
    const few = problem !== undefined || report.done <= READ_EACH;
    const isNow = (entry: SealedEntry, i: number): boolean => few || i === 0 || entry.kind === 'user';
    await countReadBack(run, entries.filter(isNow));
    entries.forEach((entry, i) => {
      if (!isNow(entry, i)) run.waiting.add(entry.place);
    });
    options.onProgress?.({ phase, done: report.same + report.done, total: report.asked, unit: 'keys' });
    const reason = await whyStop(target, problem, before);
    if (reason === undefined) continue;
    if (report.verified === 0) throw reason;
    report.stopped = reason.message;
    return;
  }
}

async function countReadBack(run: Run, entries: readonly SealedEntry[]): Promise<void> {
  const { target, expected, delivery, report } = run;
  const { administrators } = delivery;
  const back = await readBack(target, entries, { expected, ...(administrators && { administrators }) });
  report.verified += back.verified.length;
  for (const failed of back.failed) report.failed.push(failed);
}

/** Verifies what was sent and not read back yet: by its bytes in a backup of the device, else by key after all. */
async function verifyWaiting(run: Run, { onProgress }: WorkOptions): Promise<void> {
  // Without the signal: a cancel is no reason to leave what was sent unverified.
  const { target, delivery, report } = run;
  const pass = await openDeviceBackup(target.session, onProgress ? { onProgress } : {});
  const others: SealedEntry[] = [];
  for await (const meetings of meet(waitingKeys(run), sealedItems(pass, target.namespace))) {
    for (const { left, right } of meetings) {
      if (left === undefined) continue;
      const isSame = right?.value.equals(left.value) === true;
      if (isSame) report.verified += 1;
      if (run.strange.has(left.place)) {
        if (isSame) report.same += 1;
        else report.conflicts.push({ id: left.id, reason: OTHER_CONTENT });
      } else if (!isSame) others.push({ ...left, value: Buffer.alloc(0) });
    }
  }
  requireSameDomain({ session: target.session, domain: pass.summary().domain }, delivery.origin);
  await countReadBack(run, others);
}

async function* waitingKeys({ delivery, waiting }: Run): AsyncGenerator<(Numbered & { kind: 'key' })[]> {
  let place = -1;
  for await (const batch of delivery.entries()) {
    const keys: (Numbered & { kind: 'key' })[] = [];
    for (const entry of batch) {
      place += 1;
      if (waiting.has(place) && entry.kind === 'key') keys.push({ ...entry, place });
    }
    yield keys;
  }
}

async function* toSend(run: Run): AsyncGenerator<Numbered[]> {
  const { target, delivery, report } = run;
  let place = 0;
  for await (const batch of delivery.entries()) {
    const entries: Numbered[] = [];
    for (const entry of batch) {
      const numbered = { ...entry, place: place++ };
      if (isPresent(run, entry)) await settlePresent(run, numbered);
      else if (fitsBody(entry)) entries.push(numbered);
      else report.failed.push({ id: entryTitle(entry), reason: tooLarge(target.session.name, entry).reason });
    }
    if (entries.length > 0) yield entries;
  }
}

/** Whether an entry is on the target and must not be replaced there. */
function isPresent({ target, delivery }: Run, entry: SealedEntry): boolean {
  const { sealed, namespace } = target;
  if (!(entry.kind === 'key' ? target.keys.has(entry.id) : target.users.has(`${namespace}~${entry.name}`)))
    return false;
  const mayGo = entry.kind === 'key' ? delivery.reserved?.has(entry.id) : delivery.replaced?.has(entry.name);
  return mayGo !== true || sealed.holds(entry.path, entry.value);
}

/** Ids that were reserved and are not any more: without its stand-in somebody else may be making a key of it. */
async function lostStandIns({ target, delivery }: Run, entries: readonly SealedEntry[]): Promise<ReadonlySet<string>> {
  const ids = entries.flatMap((entry) => (entry.kind === 'key' && delivery.reserved?.has(entry.id) ? [entry.id] : []));
  const keys = await mapConcurrently(ids, READS_AT_ONCE, (id) => readKey(target.session, target.namespace, id));
  return new Set(ids.filter((_, i) => keys[i] === undefined || !isStandIn(keys[i].facts)));
}

const OTHER_CONTENT =
  'it is there with other content (another key, or this one used or tagged since: diff tells), and is left as it is';

async function settlePresent(run: Run, entry: Numbered): Promise<void> {
  const { target, delivery, report } = run;
  if (entry.kind === 'key' && delivery.settle === undefined && !target.sealed.has(entry.path)) {
    // Listed, and not in the backup that we read before: perhaps another of our processes just put it there.
    run.waiting.add(entry.place);
    run.strange.add(entry.place);
    return;
  }
  const same = target.sealed.holds(entry.path, entry.value);
  const settle = entry.kind === 'key' ? delivery.settle : undefined;
  const reason = same ? undefined : settle && entry.kind === 'key' ? await settle(entry.id) : OTHER_CONTENT;
  if (reason === undefined) {
    report.same += 1;
    report.verified += 1;
  } else report.conflicts.push({ id: entryTitle(entry), reason });
}

/** Whether something about the device says that nothing more may be sent; a Problem of an append is looked into. */
export async function whyStop(
  target: Target,
  problem: Problem | undefined,
  before?: Iterable<string>,
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
        'Its keys can be used and backed up as before. Only a restore that ends frees it: take a whole backup now (backup-device) and restore just that file onto it, whole',
    },
    { cause },
  );

/**
 * Keys that were there and are no longer listed, though nobody else wrote as far as we can see: an append removes nothing,
 * so the device did what no tested one does.
 */
async function goneFrom(target: Target, before: Iterable<string>): Promise<Problem | undefined> {
  const now = await readIds(target.session, target.namespace);
  const gone: string[] = [];
  for (const id of before) if (!now.has(id)) gone.push(id);
  if (gone.length === 0 || (await wasChanged(target)) === true) return undefined;
  return new Problem({
    kind: 'unexpected',
    place: target.session.name,
    cause: `${gone.length} keys that were listed before are not listed any more (${gone.slice(0, 5).join(', ')} …)`,
    remedy: 'Find out whether somebody deleted them; if not, restore them from the backup that was made before',
  });
}
