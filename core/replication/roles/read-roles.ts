import { readState } from '../../device/health.ts';
import { listNamespaces } from '../../device/namespaces.ts';
import type { Session } from '../../device/session.ts';
import { isReplicationUser } from '../../inventory/replication-users.ts';
import { type Namespace, namespaceTitle, ROOT, type UserName, userId } from '../../names.ts';
import { isProblem, Problem } from '../../problem.ts';
import type { WorkOptions } from '../../progress.ts';
import { requireOperational } from '../../transfer/target.ts';
import type { Context } from '../context.ts';
import type { Journal } from '../journal/journal.ts';
import { devicesOf, type Policy } from '../policy.ts';
import { LEASE_USER, type Lease, parseLease } from './lease-record.ts';
import { type MarkThere, markAmong } from './mark-tags.ts';
import { epochOfUser, parseRecord, type RoleRecord } from './record.ts';
import { type NamedUser, readUsers, tagsOf } from './users.ts';

/** What the devices of a namespace say of who is primary. The highest epoch rules, on whatever device. */
export interface RoleView {
  namespace: Namespace;
  /** 0 when no device has a record and the journal knows of none. */
  epoch: number;
  /** Of the ruling record; empty without one. */
  nonce: string;
  /** By the ruling record; empty without one, or when only the journal knows its epoch and no device that answers has it. */
  primaries: readonly string[];
  /** All devices of the policy, by name. */
  devices: ReadonlyMap<string, DeviceRole>;
  /** Whether the ruling epoch was claimed twice: two nonces, on two devices or on a device and in the journal. */
  splitBrain: boolean;
}

/** A namespace's roles on one device. */
export interface DeviceRole {
  device: string;
  /** Whether the device answered at all, in whatever state. */
  reachable: boolean;
  /** Why it can't be worked with now; nothing below is known then. */
  problem?: Problem;
  hasNamespace: boolean;
  /** The record of the highest epoch there. */
  record?: RoleRecord;
  mark?: MarkThere;
  /** N-Administrators other than our own. Always empty in root, whose R-Administrators stay. */
  keepers: readonly UserName[];
  lease?: Lease;
}

/** What of the journal counts for roles. */
export type RolesJournal = Pick<Journal, 'epoch' | 'putEpoch' | 'noteReachable' | 'noteUnreachable'>;

type RolesContext = Omit<Context, 'journal'> & { journal: RolesJournal };

/**
 * Reads who is what in a namespace, on every device of the policy. A device that can't be asked has a `problem` in its
 * part; only a cancel is thrown. The journal learns which devices answer, and the highest epoch.
 */
export const readRoles = (ctx: RolesContext, policy: Policy): Promise<RoleView> => readView(ctx, policy, () => true);

/**
 * The same without the keepers, which are left empty: a few requests a device however many users there are, to see again
 * and again whether records and marks are as they were.
 */
export const readRecords = (ctx: RolesContext, policy: Policy): Promise<RoleView> =>
  readView(ctx, policy, isReplicationUser);

/** Which users are looked at. */
type Wanted = (name: UserName) => boolean;

async function readView(ctx: RolesContext, policy: Policy, wanted: Wanted): Promise<RoleView> {
  const sessions = devicesOf(policy).map((device) => ctx.session(device));
  const roles = await Promise.all(sessions.map((session) => readDeviceRole(ctx, session, policy.namespace, wanted)));
  for (const role of roles) noteReach(ctx, role);
  return judge(ctx, policy.namespace, roles);
}

/** The roles of a namespace on one device; throws nothing but a cancel. */
async function readDeviceRole(
  options: WorkOptions,
  session: Session,
  namespace: Namespace,
  wanted: Wanted,
): Promise<DeviceRole> {
  const role: DeviceRole = { device: session.name, reachable: false, hasNamespace: false, keepers: [] };
  try {
    await readState(session.node, options);
    role.reachable = true;
    await requireOperational(session, options);
    if (namespace !== ROOT) {
      const there = await listNamespaces(session.node, await session.administrator(), options);
      if (!there.includes(namespace)) return role;
    }
    return { ...role, hasNamespace: true, ...(await readMarked(options, session, namespace, wanted)) };
  } catch (problem) {
    if (!isProblem(problem) || problem.kind === 'cancelled') throw problem;
    return { ...role, problem };
  }
}

async function readMarked(
  options: WorkOptions,
  session: Session,
  namespace: Namespace,
  wanted: Wanted,
): Promise<Pick<DeviceRole, 'record' | 'mark' | 'keepers' | 'lease'>> {
  const credential = await session.namespaceAdministrator(namespace);
  const users = await readUsers(
    session.node,
    credential,
    namespace,
    options,
    namespace === ROOT ? isReplicationUser : wanted,
  );
  const carriers = carriersAmong(users);
  const record = recordOf(session.name, namespace, carriers[0]);
  const tagsOfUser = (name: UserName): Promise<string[]> =>
    tagsOf(session.node, credential, userId(namespace, name), options);
  const mark = markAmong((await Promise.all(carriers.map(({ name }) => tagsOfUser(name)))).flat());
  const holder = users.find(({ name }) => name === LEASE_USER);
  const lease = holder && parseLease(holder.realName, await tagsOfUser(LEASE_USER));
  const isKeeper = ({ name, role }: NamedUser): boolean =>
    namespace !== ROOT && role === 'Administrator' && userId(namespace, name) !== credential.user;
  return {
    ...(record && { record }),
    ...(mark && { mark }),
    ...(lease && { lease }),
    keepers: users.filter(isKeeper).map(({ name }) => name),
  };
}

/** The users that carry role records, the newest epoch first. */
export const carriersAmong = <U extends { name: UserName }>(users: readonly U[]): U[] =>
  users
    .filter(({ name }) => epochOfUser(name) !== undefined)
    .sort((a, b) => (epochOfUser(b.name) ?? 0) - (epochOfUser(a.name) ?? 0));

function recordOf(device: string, namespace: Namespace, carrier: NamedUser | undefined): RoleRecord | undefined {
  if (carrier === undefined) return undefined;
  const record = parseRecord(carrier.realName);
  if (record !== undefined && record.epoch === epochOfUser(carrier.name) && carrier.role === 'Operator') return record;
  throw new Problem({
    kind: 'refused',
    place: device,
    cause: `the user ${userId(namespace, carrier.name)} has the name of a role record of ${namespaceTitle(namespace)} and is none that we made`,
    remedy: 'Find out who made it, then delete it as an N-Administrator of the namespace',
  });
}

/** A device counts as out of reach when nothing came back at all; everything else is an answer. */
function noteReach({ journal, clock }: RolesContext, { device, reachable, problem }: DeviceRole): void {
  if (reachable) journal.noteReachable(device);
  else if (problem?.kind === 'unreachable') journal.noteUnreachable(device, clock.now(), problem.reason);
}

/** A claim that is younger may yet turn out to be lost; milliseconds. */
const SETTLED_AFTER = 60_000;

function judge({ journal, clock }: RolesContext, namespace: Namespace, roles: readonly DeviceRole[]): RoleView {
  const known = journal.epoch(namespace);
  const records = roles.map(({ record }) => record).filter((record) => record !== undefined);
  const epoch = Math.max(known?.epoch ?? 0, ...records.map((record) => record.epoch));
  const ruling = records.filter((record) => record.epoch === epoch);
  const nonces = new Set(ruling.map(({ nonce }) => nonce));
  if (known?.epoch === epoch) nonces.add(known.nonce);
  const splitBrain = nonces.size > 1;
  const [first] = ruling;
  if (first !== undefined && !splitBrain && isSettled(first, clock.now())) noteEpoch(journal, namespace, first);
  return {
    namespace,
    epoch,
    nonce: first?.nonce ?? known?.nonce ?? '',
    primaries: first?.primaries ?? [],
    devices: new Map(roles.map((role) => [role.device, role])),
    splitBrain,
  };
}

const isSettled = ({ at }: RoleRecord, now: number): boolean => Math.abs(now - Date.parse(at)) >= SETTLED_AFTER;

/** Remembers the highest epoch of a namespace; a lower one than is known changes nothing. */
export function noteEpoch(journal: RolesJournal, namespace: Namespace, { epoch, nonce }: RoleRecord): void {
  const known = journal.epoch(namespace);
  if (known === undefined || known.epoch < epoch) journal.putEpoch(namespace, { epoch, nonce });
}
