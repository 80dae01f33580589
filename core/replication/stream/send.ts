import { mapConcurrently } from '../../concurrent.ts';
import { getKey } from '../../device/keys.ts';
import { READS_AT_ONCE } from '../../inventory/read.ts';
import type { KeyId } from '../../names.ts';
import { isProblem, type Problem } from '../../problem.ts';
import { append } from '../../transfer/append.ts';
import { cutBodies, fitsBody } from '../../transfer/batches.ts';
import { deliver, whyStop } from '../../transfer/deliver.ts';
import { type Origin, prepareTarget, requireSameDomain } from '../../transfer/prepare-target.ts';
import { readBack } from '../../transfer/read-back.ts';
import { emptyReport } from '../../transfer/report.ts';
import type { SealedEntry } from '../../transfer/sealed-entry.ts';
import { lookAgain, refreshTarget, type Target, wasChanged } from '../../transfer/target.ts';
import type { Context } from '../context.ts';
import type { Policy } from '../policy.ts';

/** A namespace of so many keys is not listed for a few new ones: each of them is asked for instead. */
const LISTED_UP_TO = 20_000;

/** A target that is kept open between deliveries. */
export interface OpenTarget {
  target: Target;
  /** Whether a delivery with all its checks went well since it was opened: then the short way is taken. */
  proven: boolean;
}

/** What came of new keys on their way to a device. */
export interface Sent {
  /** Read back there: sent now, or there already with the same bytes. */
  verified: KeyId[];
  /** Sent, or there already with other bytes, and not as it should be: a full comparison must look. */
  left: KeyId[];
  /** How many were sent. */
  done: number;
  /** Why it ended early. */
  problem?: Problem;
}

type NewKey = SealedEntry & { kind: 'key' };

/** Opens a target with all checks of a transfer: operational, tested release, same domain, a whole backup taken. */
export async function openForStream(ctx: Context, policy: Policy, device: string, origin: Origin): Promise<OpenTarget> {
  const options = { deviceBackups: ctx.deviceBackups, ...(ctx.signal && { signal: ctx.signal }) };
  const { target } = await prepareTarget(ctx.session(device), policy.namespace, origin, options);
  return { target, proven: false };
}

/** Creates new keys on a target by append, in whole bodies, each read back by key. A cancel is obeyed between two bodies. */
export async function sendNew(ctx: Context, open: OpenTarget, origin: Origin, keys: readonly NewKey[]): Promise<Sent> {
  const sent: Sent = { verified: [], left: [], done: 0 };
  const fitting = keys.filter(fitsBody);
  sent.left.push(...keys.filter((key) => !fitsBody(key)).map(({ id }) => id));
  let rest = fitting;
  if (!open.proven && fitting.length > 0) {
    // The first one goes the long way, which also makes sure that an append takes nothing away on this device.
    await prove(open, origin, fitting[0] as NewKey, sent);
    rest = fitting.slice(1);
  }
  for await (const body of cutBodies(inOne(rest))) {
    if (sent.problem !== undefined || ctx.signal?.aborted) break;
    await sendBody(open.target, origin, body, sent);
  }
  return sent;
}

async function prove(open: OpenTarget, origin: Origin, key: NewKey, sent: Sent): Promise<void> {
  const { target } = open;
  const { namespace, session } = target;
  const report = { ...emptyReport(namespace, session.name), asked: 1, keys: 1 };
  await deliver(target, { origin, entries: () => inOne([key]) }, report);
  sent.done += report.done;
  (report.verified === 1 ? sent.verified : sent.left).push(key.id);
  if (report.verified === 1) target.keys.add(key.id);
  open.proven = report.done === 1 && report.verified === 1 && report.stopped === undefined;
}

async function sendBody(target: Target, origin: Origin, body: readonly NewKey[], sent: Sent): Promise<void> {
  await freshen(target, body);
  requireSameDomain(target, origin);
  const keys: NewKey[] = [];
  for (const key of body) {
    if (!target.keys.has(key.id)) keys.push(key);
    else (target.sealed.holds(key.path, key.value) ? sent.verified : sent.left).push(key.id);
  }
  if (keys.length === 0) return;
  const problem = await append(target, keys);
  sent.done += keys.length;
  const back = await readBack(target, keys, { expected: () => undefined });
  for (const { id } of back.verified as NewKey[]) {
    sent.verified.push(id);
    target.keys.add(id);
  }
  sent.left.push(...(back.failed.map(({ id }) => id) as KeyId[]));
  const reason = problem && (await whyStop(target, problem));
  if (reason !== undefined) sent.problem = reason;
}

/** Makes sure that the pair is the device's own still, and learns which of the keys are there already. */
async function freshen(target: Target, body: readonly NewKey[]): Promise<void> {
  if (target.keys.size <= LISTED_UP_TO) return refreshTarget(target);
  if ((await wasChanged(target)) !== false) return lookAgain(target);
  const { session, namespace } = target;
  const credential = await session.namespaceAdministrator(namespace);
  await mapConcurrently(body, READS_AT_ONCE, async ({ id }) => {
    try {
      await getKey(session.node, credential, id);
      target.keys.add(id);
    } catch (error) {
      // A key that can't be opened is there all the same.
      if (isProblem(error, 'unexpected', 'unreadable')) target.keys.add(id);
      else if (!isProblem(error, 'not-found')) throw error;
    }
  });
}

async function* inOne(keys: readonly NewKey[]): AsyncGenerator<readonly NewKey[]> {
  yield keys;
}
