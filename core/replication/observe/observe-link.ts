import type { Session } from '../../device/session.ts';
import { type Batches, differingFields, type Meeting, meet } from '../../inventory/compare.ts';
import { type KeyId, type Namespace, ROOT } from '../../names.ts';
import type { Context } from '../context.ts';
import type { Base, Link } from '../journal/journal.ts';
import { changeSince } from '../plan/change.ts';
import type { LinkObservation, SideState, SideView, Triple } from '../plan/input.ts';
import type { Policy } from '../policy.ts';
import { judgeMark } from '../roles/mark.ts';
import type { RoleView } from '../roles/read-roles.ts';
import { baseOfStates, withFacts } from './base-facts.ts';
import { riseSince } from './counters.ts';
import { type DeviceLook, lookAt } from './device-look.ts';
import { type Answer, readStates } from './read-states.ts';
import { createSealedList, type SealedKey, type SealedList } from './sealed-list.ts';
import { compareUsers, isUserBase, type UsersSeen, type UsersThere } from './user-triples.ts';

/** What was seen of a link, with what the journal is to be told afterwards. */
export interface ObservedLink extends LinkObservation {
  looks: { left: DeviceLook; right: DeviceLook };
  /** Keys that are byte for byte the same on both sides and not so in the journal. */
  equal: SealedList;
  /** Bases of keys and users that are on neither side any more. */
  gone: readonly KeyId[];
  /** Whether a key that both sides had could not be read this time: what became of it is for a later run to say. */
  unsettled: boolean;
}

/** Looks at devices that were begun in a run: each device is looked at once. */
export type Looks = Map<string, Promise<DeviceLook>>;

/** So many keys that one side alone has are read one by one; of more, the first synchronisation of a large namespace, none. */
const READ_NEW = 5_000;
const BATCH = 512;

/** Stands for a new key that was not read: there are too many of them. */
const UNREAD: SideState = { facts: { type: '', mechanisms: [], tags: [], operations: 0 }, sealed: Buffer.alloc(0) };

type Met = Meeting<Meeting<SealedKey, SealedKey>, Base>;

/** A key that needs a closer look. */
interface Suspect {
  id: KeyId;
  left?: Buffer;
  right?: Buffer;
  base?: Base;
}

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
  const marks = [left, right].map(({ session: { name } }) =>
    judgeMark(ctx.journal.seen(policy.namespace, name), roles.devices.get(name)?.mark),
  );
  const believed = marks.every((mark) => mark === 'continuous');
  const read = await readSuspects(ctx, policy, { left, right }, found.suspects, { skipped, believed });
  const users = await usersOf(ctx, policy, { left, right }, roles, found.userBases);
  const side = (name: 'left' | 'right', look: DeviceLook): SideView =>
    sideView(ctx, policy.namespace, roles, look, { keys: found.keys[name], ...read[name] });
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

/** What the walk through both devices and the journal found. */
interface Found {
  suspects: Suspect[];
  equal: SealedList;
  gone: KeyId[];
  same: number;
  keys: { left: number; right: number };
  userBases: Map<string, Base>;
}

async function compareKeys(
  ctx: Context,
  policy: Policy,
  link: Link,
  left: DeviceLook,
  right: DeviceLook,
): Promise<Found> {
  const userBases = new Map<string, Base>();
  async function* bases(): AsyncGenerator<readonly Base[]> {
    for (const batch of ctx.journal.bases(link)) {
      for (const base of batch) if (isUserBase(base)) userBases.set(base.id, base);
      yield batch.filter((base) => !isUserBase(base));
    }
  }
  const found: Found = {
    suspects: [],
    equal: createSealedList(),
    gone: [],
    same: 0,
    keys: { left: 0, right: 0 },
    userBases,
  };
  const both: Batches<Meeting<SealedKey, SealedKey>> = meet(left.keys(), right.keys());
  for await (const batch of meet(both, bases())) {
    for (const met of batch) if (policy.includes(met.id as KeyId)) sort(met, found);
  }
  return found;
}

/** Decides of one id whether its sealed values tell all there is to know. */
function sort({ id: text, left: there, right: base }: Met, found: Found): void {
  const id = text as KeyId;
  const [left, right] = [there?.left?.sealed, there?.right?.sealed];
  if (left !== undefined) found.keys.left += 1;
  if (right !== undefined) found.keys.right += 1;
  if (left === undefined && right === undefined) {
    found.gone.push(id);
    return;
  }
  if (left !== undefined && right !== undefined) {
    const isKnown = base?.left.equals(left) === true && base.right.equals(right);
    if (isKnown || left.equals(right)) {
      found.same += 1;
      if (!isKnown) found.equal.add(id, left);
      return;
    }
  }
  found.suspects.push({ id, ...(left && { left }), ...(right && { right }), ...(base && { base }) });
}

/** What reading the suspects gave. */
interface ReadBack {
  triples: Triple[];
  newBases: Base[];
  same: number;
  unsettled: boolean;
  left: { standIns: KeyId[]; unreadable: KeyId[] };
  right: { standIns: KeyId[]; unreadable: KeyId[] };
}

async function readSuspects(
  ctx: Context,
  { namespace, sites, includes }: Policy,
  looks: ObservedLink['looks'],
  suspects: readonly Suspect[],
  { skipped, believed }: { skipped: ReadonlySet<KeyId>; believed: boolean },
): Promise<ReadBack> {
  const read: ReadBack = {
    triples: [],
    newBases: [],
    same: 0,
    unsettled: false,
    left: { standIns: [], unreadable: [] },
    right: { standIns: [], unreadable: [] },
  };
  const isNew = ({ left, right, base }: Suspect): boolean =>
    base === undefined && (left === undefined || right === undefined);
  // Between sites that both write, a stand-in of a broken run may be among them, which only reading tells.
  const readNew = sites.kind === 'two-way' || suspects.filter(isNew).length <= READ_NEW;
  // Listed, and in no backup: the device could not read it.
  for (const side of ['left', 'right'] as const) {
    const { unseen } = looks[side].ended();
    read[side].unreadable.push(...[...unseen].filter((id) => includes(id) && !skipped.has(id)));
  }
  for (let from = 0; from < suspects.length; from += BATCH) {
    const part = suspects.slice(from, from + BATCH).filter(({ id }) => !skipped.has(id));
    const toRead = part.filter((suspect) => readNew || !isNew(suspect));
    const answers = {
      left: await readSide(ctx, namespace, looks.left.session, toRead, 'left'),
      right: await readSide(ctx, namespace, looks.right.session, toRead, 'right'),
    };
    for (const suspect of part) {
      if (!readNew && isNew(suspect)) {
        read.triples.push({ id: suspect.id, ...(suspect.left ? { left: UNREAD } : { right: UNREAD }) });
      } else judge(suspect, answers.left.get(suspect.id), answers.right.get(suspect.id), believed, read);
    }
    ctx.onProgress?.({
      phase: `reading what differs between ${looks.left.session.name} and ${looks.right.session.name}`,
      done: Math.min(from + BATCH, suspects.length),
      total: suspects.length,
      unit: 'keys',
    });
  }
  return read;
}

async function readSide(
  ctx: Context,
  namespace: Namespace,
  session: Session,
  suspects: readonly Suspect[],
  side: 'left' | 'right',
): Promise<Map<KeyId, Answer>> {
  const ids = suspects.filter((suspect) => suspect[side] !== undefined).map(({ id }) => id);
  const answers = await readStates(session, namespace, ids, ctx);
  return new Map(ids.map((id, i) => [id, answers[i] as Answer]));
}

function judge(
  suspect: Suspect,
  left: Answer | undefined,
  right: Answer | undefined,
  believed: boolean,
  read: ReadBack,
): void {
  const { id } = suspect;
  // It went away after the last listing: the next run tells.
  if (left?.kind === 'gone' || right?.kind === 'gone') return;
  const state = (answer: Answer | undefined, side: 'left' | 'right'): SideState | undefined => {
    if (answer?.kind === 'stand-in') read[side].standIns.push(id);
    if (answer?.kind === 'unreadable') {
      read[side].unreadable.push(id);
      read.unsettled ||= suspect.base !== undefined;
    }
    return answer?.kind === 'key' ? { facts: answer.facts, sealed: suspect[side] as Buffer } : undefined;
  };
  const [a, b] = [state(left, 'left'), state(right, 'right')];
  if (a === undefined && b === undefined) return;
  const base = suspect.base && withFacts(suspect.base, a, b);
  if (a !== undefined && b !== undefined && areCopies(a, b, believed ? base : undefined)) {
    read.same += 1;
    read.newBases.push(baseOfStates(id, a, b));
    return;
  }
  read.triples.push({ id, ...(a && { left: a }), ...(b && { right: b }), ...(base && { base }) });
}

/** Whether two keys are the same: by what they show, or, without a public part, because neither was more than used since `base`. */
function areCopies(a: SideState, b: SideState, base: Base | undefined): boolean {
  if (differingFields(a.facts, b.facts).length > 0) return false;
  if (a.facts.public !== undefined) return true;
  return base !== undefined && changeSince(base, 'left', a) === 'same' && changeSince(base, 'right', b) === 'same';
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

function sideView(
  { journal }: Context,
  namespace: Namespace,
  roles: RoleView,
  look: DeviceLook,
  found: { keys: number; standIns: readonly KeyId[]; unreadable: readonly KeyId[] },
): SideView {
  const device = look.session.name;
  const role = roles.devices.get(device);
  const seen = journal.seen(namespace, device);
  const { domain, listingComplete } = look.ended();
  return {
    device,
    domain,
    deviceIds: look.deviceIds,
    mark: role?.mark,
    judgement: judgeMark(seen, role?.mark),
    hasNamespace: role?.hasNamespace === true,
    listingComplete,
    keys: found.keys - found.standIns.length - found.unreadable.length,
    writeRise: riseSince(seen, look.counters),
    lockedBefore: journal.lastDone(`lock ${namespace} ${device}`) !== undefined,
    standIns: found.standIns,
    unreadable: found.unreadable,
  };
}
