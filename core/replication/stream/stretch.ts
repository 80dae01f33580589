import type { IdList } from '../../inventory/id-list.ts';
import { readIds } from '../../inventory/read.ts';
import type { KeyId } from '../../names.ts';
import type { Origin } from '../../transfer/prepare-target.ts';
import type { Context } from '../context.ts';
import { sealedDigest } from '../digests.ts';
import { type Base, type Link, linkOf, type Mark, type RunRecord } from '../journal/journal.ts';
import { baseOf } from '../observe/base-facts.ts';
import type { Policy } from '../policy.ts';
import { judgeMark, raiseMark } from '../roles/mark.ts';
import type { StreamEnv } from './env.ts';
import type { Premises } from './premises.ts';
import type { OpenTarget } from './send.ts';

/** What is known of a namespace from one full comparison to the next. All of it may be lost. */
export interface Stretch {
  policy: Policy;
  premises: Premises;
  /** By source: the ids that it had when it was last listed. */
  known: Map<string, readonly KeyId[]>;
  /** By source: when its last listing began; what it did not show had not happened yet. */
  listedAt: Map<string, number>;
  /** By source. */
  origins: Map<string, Origin>;
  /** By device. */
  targets: Map<string, OpenTarget>;
  /** What arrived and is not in the journal yet. */
  arrived: { from: string; to: string; id: KeyId; sealed: Buffer }[];
}

/** The devices that new keys of a source go to. */
export const targetsOf = ({ premises, policy }: Pick<Stretch, 'policy' | 'premises'>, source: string): string[] => {
  const { sites } = policy;
  const all = sites.kind === 'one-way' ? sites.replicas : sites.sites.map(({ device }) => device);
  return all.filter((device) => device !== source && premises.devices.includes(device));
};

/** Whether a key that is new on a source is carried on without a comparison: nobody else may have made it meanwhile. */
export function isOwn({ sites }: Policy, source: string, id: KeyId): boolean {
  return sites.kind === 'one-way' || sites.sites.some((site) => site.device === source && site.owns(id));
}

/**
 * Puts what arrived into the journal as common ancestors. The marks of both devices are raised first: a base counts from
 * them, so that a device that is restored to a state before this is found out. What is lost before costs a comparison only.
 */
export async function keepArrived(ctx: Context, stretch: Stretch): Promise<void> {
  const { arrived, policy } = stretch;
  if (arrived.length === 0) return;
  const devices = [...new Set(arrived.flatMap(({ from, to }) => [from, to]))];
  const generations = new Map<string, number>();
  const listed = new Map<string, IdList<KeyId>>();
  for (const device of devices) {
    const session = ctx.session(device);
    const seen = ctx.journal.seen(policy.namespace, device);
    const isOurs = (mark: Mark | undefined): boolean => judgeMark(seen, mark) === 'continuous';
    generations.set(device, (await raiseMark(ctx, session, policy, isOurs)).generation);
    listed.set(device, await readIds(session, policy.namespace, ctx));
  }
  const byLink = new Map<string, { link: Link; bases: Base[] }>();
  for (const { from, to, id, sealed } of arrived) {
    // A device may have gone back to a state that has the same mark: what it lacks is not gone from it.
    if (![from, to].every((device) => listed.get(device)?.has(id))) continue;
    const link = linkOf(policy.namespace, from, to);
    const key = `${link.left} ${link.right}`;
    const entry = byLink.get(key) ?? { link, bases: [] };
    byLink.set(key, entry);
    const [leftGeneration, rightGeneration] = [generations.get(link.left) ?? 0, generations.get(link.right) ?? 0];
    entry.bases.push({ ...baseOf({ id, left: sealed, right: sealed }), leftGeneration, rightGeneration });
  }
  for (const { link, bases } of byLink.values()) ctx.journal.putBases(link, bases);
  stretch.arrived = [];
}

/**
 * Notes in the journal that a link was looked at; conflicts, what is held and what is left stay those of the last comparison.
 * `wholeAt`: when nothing was missing, in milliseconds since 1970; undefined where the last one left something undone, or
 * something asks for another.
 */
export function noteRun(
  ctx: Context,
  link: Link,
  run: Pick<RunRecord, 'startedAt' | 'asked' | 'done' | 'verified'>,
  wholeAt: number | undefined,
): void {
  const last = ctx.journal.lastRun(link);
  const [conflicts, held, left] = [last?.conflicts ?? 0, last?.held ?? 0, last?.left];
  const inSync = conflicts === 0 && held === 0 && run.verified === run.asked;
  const inSyncAt = inSync && wholeAt !== undefined ? Math.max(wholeAt, last?.inSyncAt ?? wholeAt) : last?.inSyncAt;
  const [endedAt, by, ok] = [ctx.clock.now(), ctx.controller, run.verified === run.asked];
  const record: RunRecord = { ...run, endedAt, by, ok, conflicts, held, ...(left !== undefined && { left }) };
  ctx.journal.putRun(link, { ...record, ...(inSyncAt !== undefined && { inSyncAt }) });
}

/** So often the journal hears that an idle link is in sync, in milliseconds. */
const QUIET_EVERY = 30_000;

/** After a comparison that left nothing undone: a source that nobody wrote to since it was listed has nothing new, so its links are in sync until then. */
export function noteQuiet(env: StreamEnv, stretch: Stretch): void {
  const { namespace } = stretch.policy;
  for (const source of stretch.premises.sources) {
    const quietAt = env.quietAt(source);
    if (quietAt === undefined || quietAt < (stretch.listedAt.get(source) ?? Number.POSITIVE_INFINITY)) continue;
    for (const to of targetsOf(stretch, source)) {
      const link = linkOf(namespace, source, to);
      const meter = env.meter(link);
      if (meter.waiting !== undefined || meter.inSyncAt === undefined) continue;
      const isNews = quietAt - (env.ctx.journal.lastRun(link)?.endedAt ?? 0) >= QUIET_EVERY;
      meter.inSyncAt = Math.max(meter.inSyncAt, quietAt);
      if (isNews) noteRun(env.ctx, link, { startedAt: quietAt, asked: 0, done: 0, verified: 0 }, quietAt);
    }
  }
}

/** Remembers a key that arrived, by the bytes that both sides hold now. */
export const arrivedKey = (from: string, to: string, id: KeyId, value: Uint8Array): Stretch['arrived'][number] => ({
  from,
  to,
  id,
  sealed: sealedDigest(value),
});
