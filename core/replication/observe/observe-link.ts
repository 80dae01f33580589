import { type KeyId, type Namespace, ROOT } from '../../names.ts';
import type { Context } from '../context.ts';
import type { Base, Link } from '../journal/journal.ts';
import type { LinkObservation, SideView } from '../plan/input.ts';
import type { Policy } from '../policy.ts';
import { judgeNamespace } from '../roles/life.ts';
import { wasLocked } from '../roles/lock-step.ts';
import type { RoleView } from '../roles/read-roles.ts';
import { riseSince } from './counters.ts';
import { type DeviceLook, lookAt } from './device-look.ts';
import { readSuspects } from './read-suspects.ts';
import type { SealedList } from './sealed-list.ts';
import { compareUsers, type UsersSeen, type UsersThere } from './user-triples.ts';
import { compareKeys } from './walk.ts';

/** What was seen of a link, with what the journal is to be told afterwards. */
export interface ObservedLink extends LinkObservation {
  looks: { left: DeviceLook; right: DeviceLook };
  /** Keys that are byte for byte the same on both sides and not so in the journal. */
  equal: SealedList;
  /** Bases of keys and users that are on neither side any more. */
  gone: readonly KeyId[];
  /** Whether a key that both sides had could not be read this time: what became of it is for a later run to say. */
  unsettled: boolean;
  /** Keys in the filter that have a base and were not compared this time. */
  skipped: readonly KeyId[];
  /** How many keys moved while they were compared: whether both sides have them is not known. */
  moved: number;
}

/** Looks at devices that were begun in a run: each device is looked at once. */
export type Looks = Map<string, Promise<DeviceLook>>;

/**
 * Compares a namespace on the two devices of a link with each other and with what the journal saw last. Both devices are
 * read by one backup pass each, and only keys whose sealed values tell nothing are asked for one by one. Memory grows with
 * the ids of the namespace and with what differs, not with the store.
 */
export async function observeLink(
  ctx: Context,
  policy: Policy,
  link: Link,
  roles: RoleView,
  looks: Looks = new Map(),
): Promise<ObservedLink> {
  const [left, right] = await Promise.all([
    openLook(ctx, policy.namespace, roles, link.left, looks),
    openLook(ctx, policy.namespace, roles, link.right, looks),
  ]);
  const found = await compareKeys(ctx, policy, link, left, right);
  const ends = { left: left.ended(), right: right.ended() };
  const skipped = new Set([...ends.left.moving, ...ends.right.moving]);
  const believed = [left, right].every((look) => judge(ctx, policy, roles, look) === 'continuous');
  const read = await readSuspects(ctx, policy, { left, right }, found.suspects, { skipped, believed });
  const users = await usersOf(ctx, policy, { left, right }, roles, found.userBases);
  const side = (name: 'left' | 'right', look: DeviceLook): SideView =>
    sideView(ctx, policy, roles, look, { keys: found.keys[name], ...read[name] });
  return {
    link,
    left: side('left', left),
    right: side('right', right),
    triples: read.triples,
    users: users.triples,
    same: found.same + read.same,
    newBases: [...read.newBases, ...users.newBases],
    equal: found.equal,
    gone: [...found.gone.filter((id) => !skipped.has(id)), ...users.gone],
    unsettled: read.unsettled,
    skipped: read.skipped,
    moved: read.moved,
    looks: { left, right },
  };
}

function openLook(
  ctx: Context,
  namespace: Namespace,
  roles: RoleView,
  device: string,
  looks: Looks,
): Promise<DeviceLook> {
  const hasNamespace = roles.devices.get(device)?.hasNamespace === true;
  const look = looks.get(device) ?? lookAt(ctx, ctx.session(device), namespace, hasNamespace);
  looks.set(device, look);
  return look;
}

async function usersOf(
  ctx: Context,
  { namespace, users }: Policy,
  { left, right }: ObservedLink['looks'],
  roles: RoleView,
  bases: ReadonlyMap<string, Base>,
): Promise<UsersSeen> {
  // Users travel sealed only: from another domain they never come.
  const isSealed = left.ended().domain === right.ended().domain;
  if (namespace === ROOT || users === 'none' || !isSealed) return { triples: [], newBases: [], gone: [] };
  const there = ({ session, ended }: DeviceLook): UsersThere => ({
    session,
    users: ended().users,
    keepers: roles.devices.get(session.name)?.keepers ?? [],
  });
  return compareUsers(ctx, namespace, there(left), there(right), bases);
}

const judge = (
  { journal }: Pick<Context, 'journal'>,
  { namespace }: Pick<Policy, 'namespace'>,
  roles: RoleView,
  { session: { name }, ended }: DeviceLook,
): SideView['judgement'] =>
  judgeNamespace(journal.seen(namespace, name), { mark: roles.devices.get(name)?.mark, life: ended().life });

function sideView(
  { journal }: Context,
  { namespace, includes }: Policy,
  roles: RoleView,
  look: DeviceLook,
  found: { keys: number; standIns: readonly KeyId[]; unreadable: readonly KeyId[] },
): SideView {
  const device = look.session.name;
  const role = roles.devices.get(device);
  const seen = journal.seen(namespace, device);
  const { domain, listingComplete, unseen } = look.ended();
  return {
    device,
    domain,
    deviceIds: look.deviceIds,
    mark: role?.mark,
    judgement: judge({ journal }, { namespace }, roles, look),
    hasNamespace: role?.hasNamespace === true,
    listingComplete,
    keys: found.keys - found.standIns.length - found.unreadable.length,
    writeRise: riseSince(seen, look.counters),
    lockedBefore: wasLocked(journal, namespace, device),
    standIns: found.standIns,
    // Listed, and in no backup: the device could not read it either.
    unreadable: [...found.unreadable, ...[...unseen].filter((id) => includes(id))],
  };
}
