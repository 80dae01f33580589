import type { KeyId } from '../../names.ts';
import type { Context } from '../context.ts';
import type { Base, Mark, Seen } from '../journal/journal.ts';
import { baseOf } from '../observe/base-facts.ts';
import { withOwnWrites } from '../observe/counters.ts';
import type { DeviceLook } from '../observe/device-look.ts';
import type { ObservedLink } from '../observe/observe-link.ts';
import type { SealedList } from '../observe/sealed-list.ts';
import { isSetBack } from '../plan/link-rules.ts';
import type { NamespacePlan } from '../plan/plan.ts';
import type { Policy } from '../policy.ts';
import { raiseMark } from '../roles/mark.ts';
import { isSameMark } from '../roles/mark-tags.ts';
import { readRecords } from '../roles/read-roles.ts';
import { doubtedOf, forgetDoubted, isSameLink } from './doubted.ts';
import { keptBases } from './kept-bases.ts';
import { listedAnew } from './listed-anew.ts';
import type { Learnt } from './run.ts';

/** Bases that go into the journal at once. */
const BATCH = 2_000;

/**
 * Tells the journal what is in sync now: the marks of both devices are raised first, so that a device which is restored to
 * an earlier state than this shows it. Of a primary that was restored or made anew nothing is told, until a person decided.
 */
export async function commitBases(
  ctx: Context,
  policy: Policy,
  observations: readonly ObservedLink[],
  learnt: readonly Learnt[],
  extra: NamespacePlan['extra'],
): Promise<void> {
  const marks = new Map<string, Mark>();
  const roles = await readRecords(ctx, policy);
  const isRuled = (device: string): boolean => {
    const record = roles.devices.get(device)?.record;
    return record?.epoch === roles.epoch && record.nonce === roles.nonce;
  };
  const ownOf = ({ link }: ObservedLink): Learnt[] => learnt.filter((one) => isSameLink(one.link, link));
  const told = observations.filter((observed) => {
    const hasOwn = ownOf(observed).length > 0 && !isPrimaryBack(policy, observed);
    const { left, right } = observed.link;
    return (isWorthTelling(policy, observed, extra) || hasOwn) && isRuled(left) && isRuled(right);
  });
  const thereStill = listedAnew(ctx, policy);
  // With new marks they would be believed.
  forgetDoubted(ctx.journal, policy, told);
  for (const observed of told) {
    for (const { device, mark } of [observed.left, observed.right]) {
      if (marks.has(device)) continue;
      const isAsSeen = (now: Mark | undefined): boolean => (now ? isSameMark(now, mark) : mark === undefined);
      marks.set(device, await raiseMark(ctx, ctx.session(device), policy, isAsSeen));
    }
    const own = ownOf(observed);
    const isThere = await thereStill(observed, own);
    putAll(ctx, observed, { kept: keptOf(policy, observed, extra), learnt: own, isThere }, marks);
  }
}

/** Whether the primary of a link lost what it had. Of two that write, each gives the other what it lost. */
const isPrimaryBack = ({ sites }: Policy, { left, right }: ObservedLink): boolean =>
  sites.kind === 'one-way' && [left, right].some((view) => isSetBack(view) && view.device === sites.primary);

/** Whether there is something new to tell the journal of a link, apart from what is done now. */
export function isWorthTelling(policy: Policy, observed: ObservedLink, extra: NamespacePlan['extra']): boolean {
  const { left, right, equal, newBases, gone } = observed;
  if (isPrimaryBack(policy, observed)) return false;
  const isNew = left.judgement !== 'continuous' || right.judgement !== 'continuous';
  const news = [newBases, gone, doubtedOf(observed), keptOf(policy, observed, extra)];
  return isNew || equal.length > 0 || news.some((list) => list.length > 0);
}

const keptOf = (policy: Policy, observed: ObservedLink, extra: NamespacePlan['extra']): Base[] =>
  keptBases(policy, observed, extra, new Set(doubtedOf(observed)));

function putAll(
  { journal }: Context,
  observed: ObservedLink,
  { kept, learnt, isThere }: { kept: readonly Base[]; learnt: readonly Learnt[]; isThere: (id: KeyId) => boolean },
  marks: ReadonlyMap<string, Mark>,
): void {
  const { link } = observed;
  const leftGeneration = marks.get(link.left)?.generation ?? 0;
  const rightGeneration = marks.get(link.right)?.generation ?? 0;
  const put = (bases: readonly Base[]): void => {
    for (let at = 0; at < bases.length; at += BATCH) {
      const batch = bases.slice(at, at + BATCH);
      journal.putBases(
        link,
        batch.map((base) => ({ ...base, leftGeneration, rightGeneration })),
      );
    }
  };
  const putThere = (bases: readonly Base[]): void => put(bases.filter(({ id }) => isThere(id)));
  const putList = (list: SealedList): void => {
    for (const batch of list.batches())
      putThere(batch.map(({ id, sealed }) => baseOf({ id, left: sealed, right: sealed })));
  };
  journal.dropBases(link, observed.gone);
  putList(observed.equal);
  putThere(observed.newBases);
  put(kept);
  for (const { bases, equal, gone } of learnt) {
    journal.dropBases(link, gone);
    putThere(bases);
    if (equal !== undefined) putList(equal);
  }
}

/**
 * Remembers how the devices were found. The counters are those of the look plus our own writes since, so that what others
 * wrote meanwhile explains what the next run finds. They stay as they are where a deletion waits for its explanation.
 */
export function commitSeen(
  ctx: Context,
  policy: Policy,
  observations: readonly ObservedLink[],
  keepCounters: (device: string) => boolean,
): void {
  const { namespace } = policy;
  for (const { look, view, isBack, isUnsettled } of viewsOf(policy, observations)) {
    const { name: device } = look.session;
    const seen = ctx.journal.seen(namespace, device);
    const keep = (isUnsettled || keepCounters(device)) && view.writeRise !== undefined;
    if (isBack) continue;
    ctx.journal.putSeen(namespace, device, {
      mark: seen?.mark,
      pendingMark: seen?.pendingMark,
      domain: view.domain,
      deviceIds: view.deviceIds,
      keys: view.keys,
      ...lifeIn(look),
      // An uptime counts from the moment at which it was read, so both stay or both change.
      at: keep && seen ? seen.at : (look.counters?.at ?? look.at),
      counters: keep ? seen?.counters : look.counters && withOwnWrites(look.session, look.counters),
    });
  }
}

const lifeIn = (look: DeviceLook): Pick<Seen, 'life'> => {
  const { life } = look.ended();
  return life === undefined ? {} : { life };
};

interface Viewed {
  look: DeviceLook;
  view: ObservedLink['left'];
  /** Whether it is a primary that lost what it had: what we saw before must stay. */
  isBack: boolean;
  /** Whether a key of one of its links could not be read. */
  isUnsettled: boolean;
}

function viewsOf(policy: Policy, observations: readonly ObservedLink[]): Viewed[] {
  const views = new Map<string, Viewed>();
  for (const observed of observations) {
    for (const side of ['left', 'right'] as const) {
      const view = observed[side];
      const isBack = isSetBack(view) && isPrimaryBack(policy, observed);
      const isUnsettled = observed.unsettled || views.get(view.device)?.isUnsettled === true;
      views.set(view.device, { look: observed.looks[side], view, isBack, isUnsettled });
    }
  }
  return [...views.values()];
}
