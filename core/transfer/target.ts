import { readDeviceBackup } from '../backup/device-backup.ts';
import { readState } from '../device/health.ts';
import { systemInfo } from '../device/info.ts';
import type { Session } from '../device/session.ts';
import { listUsers } from '../device/users.ts';
import { packIds } from '../inventory/id-list.ts';
import { type IdSet, idSet } from '../inventory/id-set.ts';
import { hasNamespace, readIds } from '../inventory/read.ts';
import { type Namespace, ROOT } from '../names.ts';
import { isProblem, Problem } from '../problem.ts';
import type { WorkOptions } from '../progress.ts';
import { readForeignWrites } from './foreign-writes.ts';
import { type HeaderPair, headerPair } from './header-pair.ts';
import { requireTestedRelease } from './releases.ts';
import { createSealedIndex, type SealedIndex } from './sealed-index.ts';
import { isSameSince, type Writes } from './writes.ts';

/** How long a pair is believed where no Metrics user tells whether the device changed, in milliseconds. */
const PAIR_AGE = 60_000;
/** A namespace of so many keys is listed before every body; a larger one when the counters say so, and when the list is old. */
const LISTED_ALWAYS = 2_000;
/** How long a list is young, in milliseconds: so long at least, and so many times as long as it took to get. */
const LIST_AGE = 10_000;
const LIST_SHARE = 10;

/** A node that entries go to, as it was last seen. */
export interface Target {
  readonly session: Session;
  readonly namespace: Namespace;
  readonly release: string;
  readonly deviceId: string;
  pair: HeaderPair;
  domain: string;
  /** The namespace's sealed values. */
  sealed: SealedIndex;
  /** The ids of the keys and full ids of the users that are there: what an append must not replace. */
  keys: IdSet;
  users: ReadonlySet<string>;
  /** The write counters of all its nodes less our own writes, where a Metrics user reads them. */
  writes: Writes | undefined;
  /** When the pair was read and when the ids were listed, by `performance.now()`. */
  readAt: number;
  listedAt: number;
  /** How long listing took, in milliseconds. */
  listingTook: number;
}

/** Throws a Problem `locked` or `failed` unless the device is operational. */
export async function requireOperational(session: Session, options: WorkOptions = {}): Promise<void> {
  const state = await readState(session.node, options);
  if (state === 'Operational') return;
  throw new Problem({
    kind: state === 'Locked' ? 'locked' : 'failed',
    place: session.name,
    cause: `the device is ${state}`,
    remedy: state === 'Locked' ? 'Unlock it, then run this again' : 'Provision it, or run doctor',
  });
}

/**
 * Looks at a device that entries are to go to: operational, of a tested release, its own header and salt as a pair, its
 * domain, and what is there. Costs one pass of the device over its store.
 */
export async function openTarget(session: Session, namespace: Namespace, options: WorkOptions = {}): Promise<Target> {
  await requireOperational(session, options);
  const info = await systemInfo(session.node, await session.administrator(), options);
  requireTestedRelease(session.name, info.softwareVersion);
  const seen = await look(session, namespace, info.deviceId, options);
  return { session, namespace, release: info.softwareVersion, deviceId: info.deviceId, ...seen };
}

/**
 * Makes sure that what is known of the target still holds, and looks anew when it may not: a node started again
 * (`uptime` fell), somebody else wrote on any node (`kv write` rose), or, without a Metrics user, time went by. What is
 * there is listed anew in any case, unless the list is long, young, and every node says that nobody wrote.
 */
export async function refreshTarget(target: Target, options: WorkOptions = {}): Promise<void> {
  const { session, namespace } = target;
  const changed = await wasChanged(target, options);
  if (changed ?? performance.now() - target.readAt > PAIR_AGE) return lookAgain(target, options);
  const young = performance.now() - target.listedAt < Math.max(LIST_AGE, LIST_SHARE * target.listingTook);
  if (changed === false && young && target.keys.size > LISTED_ALWAYS) return;
  Object.assign(target, await listing(session, namespace, options));
}

/**
 * Whether a node started again or somebody else wrote since we looked, on any node that the manifest names; undefined
 * when nobody can tell.
 */
export async function wasChanged(target: Target, options: WorkOptions = {}): Promise<boolean | undefined> {
  const before = target.writes;
  const now = await readCounters(target.session, options);
  if (now === undefined || before === undefined) return undefined;
  if (!now.every((node, i) => isSameSince(before[i], node, 0))) return true;
  target.writes = now;
  return false;
}

/** Looks at the target anew. */
export async function lookAgain(target: Target, options: WorkOptions = {}): Promise<void> {
  Object.assign(target, await look(target.session, target.namespace, target.deviceId, options));
}

type Listing = Pick<Target, 'keys' | 'users' | 'listedAt' | 'listingTook'>;
type Seen = Pick<Target, 'pair' | 'domain' | 'sealed' | 'writes' | 'readAt'> & Listing;

async function look(session: Session, namespace: Namespace, deviceId: string, options: WorkOptions): Promise<Seen> {
  const readAt = performance.now();
  const writes = await readCounters(session, options);
  const sealed = createSealedIndex();
  const summary = await readDeviceBackup(
    session,
    (entry, path) => {
      if ((path.kind === 'key' || path.kind === 'user') && path.namespace === namespace) {
        sealed.add(entry.path, entry.value);
      }
    },
    options,
  );
  const pair = headerPair(summary, deviceId, session.name);
  const { domain } = summary;
  return { pair, domain, sealed, writes, readAt, ...(await listing(session, namespace, options)) };
}

async function listing(session: Session, namespace: Namespace, options: WorkOptions): Promise<Listing> {
  const listedAt = performance.now();
  const isThere = await hasNamespace(session, namespace, options);
  const keys = idSet(isThere ? await readIds(session, namespace, options) : packIds([]));
  const users = isThere && namespace !== ROOT ? await usersOf(session, namespace, options) : [];
  return { keys, users: new Set(users), listedAt, listingTook: performance.now() - listedAt };
}

const usersOf = async (session: Session, namespace: Namespace, options: WorkOptions): Promise<string[]> =>
  listUsers(session.node, await session.namespaceAdministrator(namespace), options);

/** The counters only make things cheaper: where they can't be read, nothing is taken for granted instead. */
async function readCounters(session: Session, options: WorkOptions): Promise<Writes | undefined> {
  try {
    return await readForeignWrites(session, options);
  } catch (error) {
    if (isProblem(error) && error.kind !== 'cancelled') return undefined;
    throw error;
  }
}
