import { compareIds } from '../inventory/item.ts';
import { type KeyId, namespaceTitle, parseKeyId, parseUserName } from '../names.ts';
import { Problem } from '../problem.ts';
import { applyPlan } from './apply/apply-plan.ts';
import { commitSeen } from './apply/commit.ts';
import type { SyncReport } from './apply/report.ts';
import type { Context } from './context.ts';
import { readStates } from './observe/read-states.ts';
import type { NamespacePlan, Step } from './plan/plan.ts';
import { devicesOf, type Policy } from './policy.ts';
import { userOf } from './roles/users.ts';
import { linksOf, prepare, waitsForWrites } from './sync.ts';
import { tell } from './tell.ts';

/** A person's choice: of a key, or `user NAME`, the version of one device is kept. */
export interface Choice {
  id: string;
  /** Name of the device. */
  keep: string;
}

/**
 * Decides on a key or user that two devices hold differently, that is held back, or that a replica has alone: the version
 * of the device that is kept takes the place of the other's, which is archived first; where the kept device has none, the
 * other's goes. Throws a Problem `not-found` when there is nothing to decide, and `refused` under split brain.
 */
export async function resolveConflict(ctx: Context, policy: Policy, choice: Choice): Promise<SyncReport> {
  const { namespace } = policy;
  const { id, keep } = choice;
  const { plan, roles, observations } = await prepare(ctx, policy);
  if (roles.splitBrain || roles.epoch === 0) throw noRuler(policy, roles.splitBrain);
  const others = othersOf(plan, policy, choice);
  if (others.length === 0) throw nothingToDecide(policy, choice);
  const steps: Step[] = [];
  for (const device of others) steps.push(await stepFor(ctx, policy, choice, device));
  const takesAway = steps.some((step) => step.kind === 'delete' || (step.kind === 'users' && step.delete.length > 0));
  if (takesAway && plan.alarms.some(({ kind, device }) => kind === 'restored' && device === keep)) {
    throw wentBack(choice, others);
  }
  const isThis = (one: string): boolean => one === id;
  const decided: NamespacePlan = {
    ...plan,
    steps,
    conflicts: plan.conflicts.filter((conflict) => !isThis(conflict.id)),
    held: plan.held.map((held) => ({ ...held, ids: held.ids.filter((one) => !isThis(one)) })).filter(isStill(plan)),
  };
  const [title, where] = [`${id} of ${namespaceTitle(namespace)}`, others.join(', ')];
  const text = takesAway
    ? `${keep} has no ${title}, and is kept: it is deleted on ${where}`
    : `${title}: what ${keep} holds is kept, on ${where} it is replaced`;
  tell(ctx, { namespace, device: keep, kind: 'resolve', level: 'warning', text });
  const report = await applyPlan(ctx, policy, decided, observations);
  // What else was seen is still to be done: until then the counters that may explain it stay.
  const waits = waitsForWrites(plan, {
    steps: plan.steps.map((step) => ({ ...step, asked: 1, done: 0, verified: 0 })),
  });
  if (report.stopped === undefined) commitSeen(ctx, policy, observations, waits);
  return report;
}

/** What was held for this id alone is no longer held. */
const isStill = ({ held }: NamespacePlan) => {
  const before = new Map(held.map((one) => [`${one.device} ${one.reason}`, one.ids.length]));
  return ({ device, reason, ids }: NamespacePlan['held'][number]): boolean =>
    ids.length > 0 || before.get(`${device} ${reason}`) === 0;
};

/** The devices whose version gives way, in order of names. */
function othersOf(plan: NamespacePlan, policy: Policy, { id, keep }: Choice): string[] {
  if (!devicesOf(policy).includes(keep)) {
    throw new Problem({
      kind: 'usage',
      place: namespaceTitle(policy.namespace),
      cause: `${keep} is no device of it`,
      remedy: `Keep one of ${devicesOf(policy).join(', ')}`,
    });
  }
  const pairs: (readonly [string, string])[] = plan.conflicts
    .filter((one) => one.id === id)
    .map(({ devices }) => devices);
  const there = [
    ...plan.held.filter(({ ids }) => ids.includes(id)).map(({ device }) => device),
    ...Object.entries(plan.extra).flatMap(([device, ids]) => (ids.some((one) => one === id) ? [device] : [])),
  ];
  for (const device of there) {
    for (const { left, right } of linksOf(policy)) {
      if (left === device || right === device) pairs.push([left, right]);
    }
  }
  const others = pairs.filter((pair) => pair.includes(keep)).map(([a, b]) => (a === keep ? b : a));
  return [...new Set(others)].sort(compareIds);
}

/** What makes a device hold what the kept one holds. */
async function stepFor(ctx: Context, policy: Policy, { id, keep }: Choice, device: string): Promise<Step> {
  const { namespace } = policy;
  const way = { namespace, from: keep, device };
  if (id.startsWith('user ')) {
    const name = parseUserName(id.slice('user '.length));
    const [kept, there] = await Promise.all([keep, device].map((one) => hasUser(ctx, policy, one, name)));
    const chosen = (when: boolean): (typeof name)[] => (when ? [name] : []);
    return {
      kind: 'users',
      ...way,
      create: chosen(kept === true && !there),
      replace: chosen(kept === true && there === true),
      delete: chosen(!kept),
    };
  }
  const key: KeyId = parseKeyId(id);
  const [kept] = await readStates(ctx.session(keep), namespace, [key], ctx);
  if (kept?.kind === 'key') return { kind: 'replace', ...way, ids: [key] };
  if (kept?.kind === 'gone') return { kind: 'delete', ...way, ids: [key], decided: true };
  throw new Problem({
    kind: 'unreadable',
    place: keep,
    cause: `it can not open ${key}, so there is nothing that could be kept`,
    remedy: `Keep the other device's, or delete ${key} on ${keep} if nobody needs it`,
  });
}

async function hasUser(ctx: Context, { namespace }: Policy, device: string, name: string): Promise<boolean> {
  const session = ctx.session(device);
  const credential = await session.namespaceAdministrator(namespace);
  return (await userOf(session.node, credential, `${namespace}~${name}`, ctx)) !== undefined;
}

const nothingToDecide = ({ namespace }: Policy, { id, keep }: Choice): Problem =>
  new Problem({
    kind: 'not-found',
    place: namespaceTitle(namespace),
    cause: `there is nothing to decide about ${id} between ${keep} and another device that answers`,
    remedy: 'Look at what is open with conflicts; run sync for everything else',
  });

/** A device that went back in time did not delete what it lacks: other copies may be the last ones. */
const wentBack = ({ id, keep }: Choice, others: readonly string[]): Problem =>
  new Problem({
    kind: 'refused',
    place: keep,
    cause: `it lacks ${id} and was restored from an older state, or its namespace was made anew: ${id} was perhaps never deleted`,
    remedy: `Bring it there with --keep ${others[0]}; or say first that the state of ${keep} is right: promote it if it is the primary, else run sync`,
  });

const noRuler = ({ namespace }: Policy, splitBrain: boolean): Problem =>
  new Problem({
    kind: 'refused',
    place: namespaceTitle(namespace),
    cause: splitBrain ? 'two devices say that they are primary (split brain)' : 'it was never synchronised',
    remedy: splitBrain ? 'Choose the primary first: promote one, and rejoin the other' : 'Run sync first',
  });
