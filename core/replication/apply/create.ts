import { openDeviceBackup } from '../../backup/device-backup.ts';
import { systemInfo } from '../../device/info.ts';
import type { KeyId } from '../../names.ts';
import { deliver } from '../../transfer/deliver.ts';
import { importKeys } from '../../transfer/import.ts';
import { type Origin, prepareTarget } from '../../transfer/prepare-target.ts';
import type { TransferReport } from '../../transfer/report.ts';
import { type SealedEntry, sealedKey } from '../../transfer/sealed-entry.ts';
import { sealedDigest } from '../digests.ts';
import { linkOf } from '../journal/journal.ts';
import { createSealedList, type SealedList } from '../observe/sealed-list.ts';
import type { Step } from '../plan/plan.ts';
import type { StepFigures, StepOutcome } from './report.ts';
import { reserveIds } from './reserve.ts';
import type { Run } from './run.ts';
import { MAX_HELD } from './source-values.ts';

/** Keys that are to be made on a device as they are on another. */
export type Creation = Pick<Extract<Step, { kind: 'create' | 'replace' }>, 'from' | 'device' | 'ids'>;

const BATCH = 512;
/** The plan's premises are looked at again after so many keys of one delivery. */
const CHECK_EVERY = 10_000;

/**
 * Makes keys on a device as they are on another, sealed, by appends that create only. Where both sites write and the id
 * is not the source's own, it is reserved first. What came there is told to the journal at the end of the run.
 */
export async function createKeys(run: Run, creation: Creation): Promise<StepOutcome> {
  const { ctx, policy } = run;
  const { from, device, ids } = creation;
  if (isByImport(run, creation)) return importThem(run, creation);
  const sent = createSealedList();
  const entries = ids.length <= MAX_HELD ? await heldEntries(run, creation) : () => streamedEntries(run, creation);
  const origin = await originOf(run, from);
  const reservation = await reserveIds(run, creation);
  const { target: opened, report } = await prepareTarget(ctx.session(device), policy.namespace, origin, ctx);
  const wanted = ids.length - reservation.taken.length;
  report.asked = report.keys = wanted;
  const taken = new Set(reservation.taken);
  const told = (): AsyncIterable<SealedEntry[]> => noted(run, entries(), taken, sent);
  const delivery = { origin, entries: told, ...(reservation.reserved.size > 0 && { reserved: reservation.reserved }) };
  if (wanted > 0) await deliver(opened, delivery, report, ctx);
  const problem = whatIsLeft(report, ids.length, reservation.taken);
  if (problem === undefined) learn(run, creation, sent);
  return {
    asked: ids.length,
    done: report.done,
    verified: report.verified,
    ...(problem !== undefined && { problem }),
    ...(report.stopped !== undefined && { stops: true }),
  };
}

/** Where sealed keys of a device come from, as their target must agree with it. */
export async function originOf({ ctx, plan }: Run, from: string): Promise<Origin> {
  const source = ctx.session(from);
  const { softwareVersion } = await systemInfo(source.node, await source.administrator(), ctx);
  return { place: from, domain: plan.premises.devices[from]?.domain ?? '', release: softwareVersion };
}

/** All that was asked is there with the bytes that were sent: the journal may know. */
function learn({ learnt, policy }: Run, { from, device }: Creation, equal: SealedList): void {
  learnt.push({ link: linkOf(policy.namespace, from, device), bases: [], equal, gone: [] });
}

function whatIsLeft(report: TransferReport, asked: number, taken: readonly KeyId[]): string | undefined {
  if (report.stopped !== undefined) return report.stopped;
  const [first] = [...report.failed, ...report.conflicts];
  if (first !== undefined) {
    const others = report.failed.length + report.conflicts.length - 1;
    return `${first.id}: ${first.reason}${others > 0 ? `; and ${others} more` : ''}`;
  }
  if (taken.length > 0) return `${taken[0]}: somebody made a key of this id meanwhile`;
  const missing = asked - report.verified;
  return missing > 0 ? `${missing} keys went away on the source meanwhile` : undefined;
}

/** The entries as they are sent, each once in the list of what was sent; the plan's premises are looked at in between. */
async function* noted(
  { check }: Run,
  batches: AsyncIterable<SealedEntry[]>,
  left: ReadonlySet<KeyId>,
  sent: SealedList,
): AsyncGenerator<SealedEntry[]> {
  // A delivery asks for its entries again to verify them.
  const first = sent.length === 0;
  let unchecked = CHECK_EVERY;
  for await (const batch of batches) {
    if (first && unchecked >= CHECK_EVERY) {
      await check();
      unchecked = 0;
    }
    unchecked += batch.length;
    const entries = batch.filter((entry) => entry.kind === 'key' && !left.has(entry.id));
    if (first) for (const entry of entries) if (entry.kind === 'key') sent.add(entry.id, sealedDigest(entry.value));
    yield entries;
  }
}

async function heldEntries(
  { values, policy }: Run,
  { from, ids }: Creation,
): Promise<() => AsyncGenerator<SealedEntry[]>> {
  const { keys } = await values.of(from);
  return async function* () {
    for (let at = 0; at < ids.length; at += BATCH) {
      yield ids.slice(at, at + BATCH).flatMap((id) => {
        const value = keys.get(id);
        return value === undefined ? [] : [sealedKey(policy.namespace, id, value)];
      });
    }
  };
}

/** So many keys that they are sent as they come out of the source's backup. */
async function* streamedEntries(run: Run, { from, ids }: Creation): AsyncGenerator<SealedEntry[]> {
  const { ctx, policy } = run;
  const wanted = new Set(ids);
  const pass = await openDeviceBackup(ctx.session(from), ctx);
  for await (const batch of pass.batches) {
    const entries: SealedEntry[] = [];
    for (const { entry, path } of batch) {
      if (path.kind !== 'key' || path.namespace !== policy.namespace || !wanted.has(path.id)) continue;
      entries.push(sealedKey(policy.namespace, path.id, Buffer.from(entry.value)));
    }
    if (entries.length > 0) yield entries;
  }
}

/** Whether keys travel in plaintext, as the manifest allows. */
export const isByImport = ({ policy, plan: { premises } }: Run, { from, device }: Creation): boolean =>
  policy.transfer === 'import' && premises.devices[from]?.domain !== premises.devices[device]?.domain;

/** Devices of different Domain Keys: only where the manifest allows plaintext in our memory. What came shows in the next comparison. */
async function importThem({ ctx, policy }: Run, { from, device, ids }: Creation): Promise<StepOutcome> {
  const figures: StepFigures = { asked: ids.length, done: 0, verified: 0 };
  for (let at = 0; at < ids.length; at += MAX_HELD) {
    const part = ids.slice(at, at + MAX_HELD);
    const sessions = { from: ctx.session(from), to: ctx.session(device) };
    const report = await importKeys({ ...sessions, namespace: policy.namespace, ids: part, allowed: true }, ctx);
    figures.done += report.done;
    figures.verified += report.verified;
    const problem = whatIsLeft(report, part.length, []);
    if (problem !== undefined) return { ...figures, problem, stops: report.stopped !== undefined };
  }
  return figures;
}
