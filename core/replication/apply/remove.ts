import { mapConcurrently } from '../../concurrent.ts';
import { deleteKey } from '../../device/keys.ts';
import type { Session } from '../../device/session.ts';
import { READS_AT_ONCE, readKey } from '../../inventory/read.ts';
import { isStandIn } from '../../inventory/stand-in.ts';
import type { KeyFacts } from '../../key-facts.ts';
import { type KeyId, type Namespace, namespaceTitle } from '../../names.ts';
import { isProblem, Problem } from '../../problem.ts';
import { fitsBody, tooLarge } from '../../transfer/batches.ts';
import { prepareTarget } from '../../transfer/prepare-target.ts';
import { sealedKey } from '../../transfer/sealed-entry.ts';
import { factsDigest, sealedDigest } from '../digests.ts';
import { type Link, linkOf } from '../journal/journal.ts';
import type { Step } from '../plan/plan.ts';
import { devicesOf, type Policy } from '../policy.ts';
import { isAsSeen } from './as-observed.ts';
import { type Creation, createKeys, isByImport, originOf } from './create.ts';
import type { StepFigures, StepOutcome } from './report.ts';
import type { Run } from './run.ts';
import { readSealed } from './source-values.ts';
import { noteTakenOut } from './taken-out.ts';

/** A key as it is about to go: read before its sealed value was. */
interface Doomed {
  id: KeyId;
  /** Both undefined for a key that the device can't open. */
  facts?: KeyFacts;
  etag?: string;
  value: Buffer;
}

/** So many keys are taken out at once, for one pass over the device. */
const AT_ONCE = 1_000;

/**
 * Deletes keys that were seen on the source before and are gone there. Each is looked for on the source once more, must be
 * as it was when both sides had it, and lies in the journal before it goes.
 */
export async function deleteKeys(run: Run, step: Extract<Step, { kind: 'delete' }>): Promise<StepFigures> {
  const { ctx, policy, learnt } = run;
  const link = linkOf(policy.namespace, step.from, step.device);
  const reason = step.decided ? `a person kept ${step.from}, which has no such key` : `deleted on ${step.from}`;
  const gone: KeyId[] = [];
  const figures = await takeOut(run, step.device, step.ids, reason, async (doomed) => {
    const there = await readKey(ctx.session(step.from), policy.namespace, doomed.id, ctx);
    if (there !== undefined) return `it is on ${step.from} again`;
    const home = step.moved?.[doomed.id];
    const isAway =
      home !== undefined && (await readKey(ctx.session(step.device), policy.namespace, home, ctx)) === undefined;
    const why = isAway
      ? `it was moved to ${home}, which is not on ${step.device} yet`
      : step.decided
        ? whyOther(run, step, doomed)
        : whyChanged(run, link, step.device, doomed);
    if (why !== undefined) return why;
    gone.push(doomed.id);
    noteTakenOut(ctx, link, step.device, doomed.id);
    return undefined;
  });
  learnt.push({ link, bases: [], gone: figures.problem === undefined ? gone : [] });
  return figures;
}

/**
 * Why a key may not go: it is neither what both sides had, nor what the plan took for that. The plan knows more: a key
 * without a public part that was used on a locked replica is the same, however its bytes changed.
 */
function whyChanged(
  { ctx, observed }: Run,
  link: Link,
  device: string,
  { id, facts, value }: Doomed,
): string | undefined {
  const base = ctx.journal.base(link, id);
  if (base === undefined) return 'the journal does not know it any more';
  if (sealedDigest(value).equals(device === link.left ? base.left : base.right)) return undefined;
  const seen = observed(link, device, id);
  const isSame =
    seen === undefined ? facts?.public !== undefined && base.facts.equals(factsDigest(facts)) : isAsSeen(seen, value);
  return isSame ? undefined : 'it was changed meanwhile';
}

/**
 * Replaces keys by others of the same id: what is there is archived and deleted, then the other is copied. Nothing goes
 * that is not as it was when the plan was made, or in whose place nothing could come.
 */
export async function replaceKeys(run: Run, step: Creation): Promise<StepOutcome> {
  const { ctx, policy } = run;
  const { from, device, ids } = step;
  const present = await mapConcurrently(ids, READS_AT_ONCE, (id) =>
    readKey(ctx.session(from), policy.namespace, id, ctx),
  );
  const there = ids.filter((_, i) => present[i] !== undefined);
  const large = await tooLargeOf(run, step, there);
  const wanted = there.filter((id) => !large.has(id));
  const isWriter = policy.sites.kind === 'two-way' || policy.sites.primary === device;
  if (wanted.length > 0 && !isByImport(run, step)) {
    // Whatever it has against appends is said before anything is taken out.
    await prepareTarget(ctx.session(device), policy.namespace, await originOf(run, from), ctx);
  }
  const out = await takeOut(run, device, wanted, `replaced by the key of ${from}`, async (doomed) => {
    const { id } = doomed;
    const why = whyOther(run, step, doomed);
    if (why !== undefined) return why;
    // With its base, a key that is gone for a moment would look like one that a keeper deleted.
    if (isWriter) forgetEverywhere(run, policy, [id]);
    return undefined;
  });
  if (out.problem !== undefined) return { asked: ids.length, done: 0, verified: 0, problem: out.problem };
  const figures: StepOutcome =
    wanted.length > 0 ? await createKeys(run, { from, device, ids: wanted }) : { asked: 0, done: 0, verified: 0 };
  const missing = ids.length - there.length;
  const away = missing > 0 ? `${missing} keys went away on ${from} meanwhile` : undefined;
  const problem = figures.problem ?? [...large.values()][0] ?? away;
  return { ...figures, asked: ids.length, ...(problem !== undefined && { problem }) };
}

/** Keys of the source that no append can hold, each with the reason. */
async function tooLargeOf(run: Run, step: Creation, ids: readonly KeyId[]): Promise<Map<KeyId, string>> {
  const large = new Map<KeyId, string>();
  if (isByImport(run, step)) return large;
  const { keys } = await run.values.of(step.from);
  for (const id of ids) {
    const value = keys.get(id);
    const entry = value && sealedKey(run.policy.namespace, id, value);
    if (entry !== undefined && !fitsBody(entry)) large.set(id, tooLarge(step.device, entry).reason);
  }
  return large;
}

/** Why a key may not give way: somebody else wrote it since both sides were compared. */
function whyOther({ observed, policy }: Run, { from, device }: Creation, { id, value }: Doomed): string | undefined {
  const seen = observed(linkOf(policy.namespace, from, device), device, id);
  if (seen === undefined || isAsSeen(seen, value)) return undefined;
  return `it was changed on ${device} since it was compared`;
}

/** Forgets what was in sync of keys, on all links of the namespace. */
function forgetEverywhere({ ctx }: Pick<Run, 'ctx'>, policy: Policy, ids: readonly KeyId[]): void {
  const devices = devicesOf(policy);
  for (const [i, a] of devices.entries()) {
    for (const b of devices.slice(i + 1)) ctx.journal.dropBases(linkOf(policy.namespace, a, b), ids);
  }
}

/** Removes stand-ins that a broken run left; what became a key meanwhile stays. */
export async function clearStandIns(
  run: Run,
  { device, ids }: Extract<Step, { kind: 'clear-stand-ins' }>,
): Promise<StepFigures> {
  const { ctx, policy, check } = run;
  await check();
  const session = ctx.session(device);
  const credential = await session.namespaceAdministrator(policy.namespace);
  const cleared = await mapConcurrently(ids, READS_AT_ONCE, async (id) => {
    const there = await readKey(session, policy.namespace, id, ctx);
    if (there === undefined || !isStandIn(there.facts)) return false;
    await deleteKey(session.node, credential, id, { ifMatch: there.etag });
    return true;
  });
  return { asked: ids.length, done: cleared.filter(Boolean).length, verified: ids.length };
}

/**
 * Takes keys out of a device: archived in the journal with the value that they have while their ETag stands, then deleted on
 * that condition, and looked for again. What `whyNot` has an objection to stays.
 */
export async function takeOut(
  run: Run,
  device: string,
  ids: readonly KeyId[],
  reason: string,
  whyNot: (doomed: Doomed) => Promise<string | undefined>,
): Promise<StepFigures> {
  const figures: StepFigures = { asked: ids.length, done: 0, verified: 0 };
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    await run.check();
    const { doomed, domain } = await readDoomed(run, device, ids.slice(at, at + AT_ONCE), figures);
    for (const one of doomed) {
      const why = (await whyNot(one)) ?? (await takeOutOne(run, device, one, domain, reason, figures));
      if (why !== undefined) figures.problem ??= `${one.id}: ${why}`;
    }
    if (figures.problem !== undefined) break;
  }
  return figures;
}

async function takeOutOne(
  { ctx, policy }: Run,
  device: string,
  { id, etag, value }: Doomed,
  domain: string,
  reason: string,
  figures: StepFigures,
): Promise<string | undefined> {
  const { namespace } = policy;
  const session = ctx.session(device);
  ctx.journal.archiveValue({ namespace, device, id, at: ctx.clock.now(), domain, reason, value });
  try {
    await deleteKey(session.node, await session.namespaceAdministrator(namespace), id, { ifMatch: etag });
    figures.done += 1;
  } catch (error) {
    if (!isProblem(error, 'not-found', 'precondition', 'unreachable')) throw error;
    if (error.kind === 'precondition') return 'it was changed meanwhile';
  }
  // Perhaps done: what is there tells.
  if ((await readKey(session, namespace, id)) !== undefined) return 'it is still there';
  figures.verified += 1;
  return undefined;
}

/** Reads keys and then their sealed values: the ETag that was read before is that of the value, or of an older one. */
async function readDoomed(
  { ctx, policy, plan }: Run,
  device: string,
  ids: readonly KeyId[],
  figures: StepFigures,
): Promise<{ doomed: Doomed[]; domain: string }> {
  const { namespace } = policy;
  const session = ctx.session(device);
  const read = await mapConcurrently(ids, READS_AT_ONCE, (id) => readEvenClosed(ctx, session, namespace, id));
  const expected = plan.premises.devices[device]?.domain;
  const { keys, domain } = await readSealed(ctx, namespace, device, new Set(ids), new Set(), expected);
  const doomed: Doomed[] = [];
  for (const [i, id] of ids.entries()) {
    const [key, value] = [read[i], keys.get(id)];
    // Gone already, by an earlier run that broke off.
    if (key === undefined) figures.verified += 1;
    else if (value === undefined) throw notInBackup(device, namespaceTitle(namespace), id);
    else doomed.push({ id, ...key, value });
  }
  return { doomed, domain };
}

/** A key with its ETag, or nothing known of it where the device can't open it: such a key can be deleted all the same. */
async function readEvenClosed(
  ctx: Run['ctx'],
  session: Session,
  namespace: Namespace,
  id: KeyId,
): Promise<Pick<Doomed, 'facts' | 'etag'> | undefined> {
  try {
    return await readKey(session, namespace, id, ctx);
  } catch (error) {
    if (isProblem(error, 'unexpected', 'unreadable')) return {};
    throw error;
  }
}

const notInBackup = (device: string, namespace: string, id: KeyId): Problem =>
  new Problem({
    kind: 'damaged',
    place: `backup of ${device}`,
    cause: `the key ${id} of ${namespace} is on the device and not in its backup, so it can not be archived and is not deleted`,
    remedy: 'Look into the log of the device: it could not read the key from its store',
  });
