import { systemInfo } from '../../device/info.ts';
import { listIds } from '../../inventory/read.ts';
import type { KeyId } from '../../names.ts';
import { Problem } from '../../problem.ts';
import type { Origin } from '../../transfer/prepare-target.ts';
import { type SealedEntry, sealedKey } from '../../transfer/sealed-entry.ts';
import { linkOf } from '../journal/journal.ts';
import { epochOfUser } from '../roles/record.ts';
import { namesOf } from '../roles/users.ts';
import { cameAndWent, withIds } from './compare-ids.ts';
import type { StreamEnv } from './env.ts';
import type { LagMeter } from './lag.ts';
import { openForStream, sendNew } from './send.ts';
import { arrivedKey, isOwn, noteRun, type Stretch, targetsOf } from './stretch.ts';

/** More new keys at once than this are left to a full comparison: it carries millions with little memory. */
const MOST = 10_000;

/** What a look at a source found. */
export interface Look {
  /** Ids that came or went since the last one. */
  changes: number;
  /** Why a full comparison must look, in words: something that the quick way may not decide. */
  why?: string;
}

type Keys = (SealedEntry & { kind: 'key' })[];

/**
 * The quick way of new keys: the source is listed, the sealed values of what is new are read out of one backup, and
 * appended on every other device. Only creations go this way, and only of ids that nobody else makes; whatever else shows
 * is told as a reason for a full comparison. `since` is when the changes had not happened yet, in milliseconds since 1970;
 * `isWhole`, that the last comparison left nothing undone and nothing asks for another: only then may both sides be the same,
 * as they were when all writes were explained last. A listing does not show what was made anew under its id.
 * Throws the first Problem of a device once all others are done.
 */
export async function quickSync(
  env: StreamEnv,
  stretch: Stretch,
  source: string,
  { since, isWhole }: { since: number; isWhole: boolean },
): Promise<Look> {
  const { ctx } = env;
  const { policy } = stretch;
  const { namespace } = policy;
  const session = ctx.session(source);
  const begunAt = ctx.clock.now();
  const ids = await listIds(session, namespace, ctx);
  const known = stretch.known.get(source) ?? [];
  const { came, went } = cameAndWent(known, ids);
  const { ledger } = env.device(source);
  ledger.listed(namespace, begunAt, came.length + went.length);
  stretch.known.set(source, ids);
  stretch.listedAt.set(source, begunAt);
  const travelling = came.filter(policy.includes);
  const own = travelling.filter((id) => isOwn(policy, source, id));
  const look: Look = { changes: came.length + went.length };
  if (went.length > 0) look.why = `${went.length} keys are gone from ${source}`;
  else if (own.length < travelling.length) look.why = `new keys on ${source} have ids that other sites make too`;
  if (own.length > MOST) return { ...look, why: `${own.length} keys are new on ${source}` };
  const others = targetsOf(stretch, source);
  const wholeAt = isWhole && look.why === undefined ? ledger.explainedAt() : undefined;
  if (own.length === 0 || others.length === 0) {
    for (const to of others) noteWhole(env.meter(linkOf(namespace, source, to)), wholeAt);
    return look;
  }
  for (const to of others) env.meter(linkOf(namespace, source, to)).waiting ??= since;
  const { origin, keys } = await readNew(env, stretch, source, own);
  const outcomes = await Promise.allSettled(
    others.map((to) => carry(env, stretch, { source, to, origin, keys, since, begunAt, wholeAt })),
  );
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  const left = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
  if (left.length > 0) look.why ??= `${left.length} new keys did not arrive as they should`;
  return look;
}

/** The sealed values of new keys. One that went away meanwhile is forgotten, so that it would show as new again. */
async function readNew(
  env: StreamEnv,
  stretch: Stretch,
  source: string,
  ids: readonly KeyId[],
): Promise<{ origin: Origin; keys: Keys }> {
  const { namespace } = stretch.policy;
  const { domain, values } = await env.device(source).reader.read(namespace, ids);
  const keys = ids.flatMap((id): Keys => {
    const value = values.get(id);
    return value === undefined ? [] : [{ ...sealedKey(namespace, id, value), kind: 'key', id }];
  });
  if (keys.length < ids.length) {
    const unread = new Set(ids.filter((id) => !values.has(id)));
    const known = stretch.known.get(source) ?? [];
    stretch.known.set(
      source,
      known.filter((id) => !unread.has(id)),
    );
  }
  const { ctx } = env;
  const session = ctx.session(source);
  const known = stretch.origins.get(source);
  const release =
    known?.release ?? (await systemInfo(session.node, await session.administrator(), ctx)).softwareVersion;
  const origin = { place: source, domain, release };
  stretch.origins.set(source, origin);
  return { origin, keys };
}

interface Carried {
  source: string;
  to: string;
  origin: Origin;
  keys: Keys;
  since: number;
  begunAt: number;
  /** When the source had nothing but what is carried now and was there already; undefined when nobody can tell. */
  wholeAt: number | undefined;
}

function noteWhole(meter: LagMeter, wholeAt: number | undefined): void {
  if (wholeAt !== undefined) meter.inSyncAt = Math.max(wholeAt, meter.inSyncAt ?? wholeAt);
}

/** Carries new keys to one device; gives those that are not there as they should be. */
async function carry(env: StreamEnv, stretch: Stretch, carried: Carried): Promise<KeyId[]> {
  const { ctx } = env;
  const { policy } = stretch;
  const { source, to, origin, keys, since, begunAt, wholeAt } = carried;
  const link = linkOf(policy.namespace, source, to);
  const open = stretch.targets.get(to) ?? (await openForStream(ctx, policy, to, origin));
  stretch.targets.set(to, open);
  await requireEpoch(ctx, stretch, to);
  const sent = await sendNew(ctx, open, origin, keys);
  const values = new Map(keys.map(({ id, value }) => [id, value]));
  for (const id of sent.verified) stretch.arrived.push(arrivedKey(source, to, id, values.get(id) as Buffer));
  const there = stretch.known.get(to);
  if (there !== undefined) stretch.known.set(to, withIds(there, sent.verified));
  const lag = ctx.clock.now() - since;
  const asked = keys.length;
  const verified = sent.verified.length;
  const meter = env.meter(link);
  meter.arrived(lag, verified);
  if (verified === asked) {
    meter.waiting = undefined;
    noteWhole(meter, wholeAt);
  }
  noteRun(ctx, link, { startedAt: begunAt, asked, done: sent.done, verified }, wholeAt);
  env.onPass({ namespace: policy.namespace, from: source, to, asked, done: sent.done, verified, lag });
  if (sent.problem !== undefined) throw sent.problem;
  return sent.left;
}

/** A device that was promoted since the roles were read takes nothing of an older epoch: its keepers make keys there. */
async function requireEpoch(ctx: StreamEnv['ctx'], { policy, premises }: Stretch, device: string): Promise<void> {
  const session = ctx.session(device);
  const credential = await session.namespaceAdministrator(policy.namespace);
  const names = await namesOf(session.node, credential, policy.namespace, ctx);
  const epoch = Math.max(0, ...names.map((name) => epochOfUser(name) ?? 0));
  if (epoch === premises.epoch) return;
  throw new Problem({
    kind: 'refused',
    place: device,
    cause: `the role record changed meanwhile (epoch ${epoch} now, ${premises.epoch} when it was compared)`,
    remedy: 'Look at roles; it goes on by itself once the manifest and the records agree',
  });
}
