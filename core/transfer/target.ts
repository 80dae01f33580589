import { readDeviceBackup } from '../backup/device-backup.ts';
import { readState } from '../device/health.ts';
import { systemInfo } from '../device/info.ts';
import { readMetrics } from '../device/metrics.ts';
import { listNamespaces } from '../device/namespaces.ts';
import type { Session } from '../device/session.ts';
import { listUsers } from '../device/users.ts';
import { listIds } from '../inventory/read.ts';
import { type Namespace, ROOT } from '../names.ts';
import { Problem } from '../problem.ts';
import type { WorkOptions } from '../progress.ts';
import { type HeaderPair, headerPair } from './header-pair.ts';
import { requireTestedRelease } from './releases.ts';
import { createSealedIndex, type SealedIndex } from './sealed-index.ts';

/** How long a pair is believed where no Metrics user tells whether the device changed, in milliseconds. */
const PAIR_AGE = 60_000;

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
  keys: Set<string>;
  users: Set<string>;
  /** The node's write counter, where a Metrics user reads it, and the device's uptime. */
  counter: { kvWrite: number; uptime: number } | undefined;
  /** When the pair was read, by `performance.now()`. */
  readAt: number;
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
 * Makes sure that what is known of the target still holds, and looks anew when it may not: the device started again
 * (`uptime` fell), somebody else wrote (`kv write` rose), or, without a Metrics user, time went by.
 */
export async function refreshTarget(target: Target, options: WorkOptions = {}): Promise<void> {
  const { session, namespace } = target;
  const changed = await wasChanged(target, options);
  if (changed ?? performance.now() - target.readAt > PAIR_AGE) await lookAgain(target, options);
  else if (changed === undefined) Object.assign(target, await listing(session, namespace, options));
}

/** Whether the device started again or somebody else wrote to it since we looked; undefined when nobody can tell. */
export async function wasChanged(target: Target, options: WorkOptions = {}): Promise<boolean | undefined> {
  const counter = await readCounter(target.session, options);
  if (counter === undefined || target.counter === undefined) return undefined;
  return counter.uptime < target.counter.uptime || counter.kvWrite !== target.counter.kvWrite;
}

/** Looks at the target anew. */
export async function lookAgain(target: Target, options: WorkOptions = {}): Promise<void> {
  Object.assign(target, await look(target.session, target.namespace, target.deviceId, options));
}

/** Remembers an append of ours: it is one write. */
export function noteAppend(target: Target): void {
  if (target.counter !== undefined) target.counter.kvWrite += 1;
}

type Seen = Pick<Target, 'pair' | 'domain' | 'sealed' | 'keys' | 'users' | 'counter' | 'readAt'>;

async function look(session: Session, namespace: Namespace, deviceId: string, options: WorkOptions): Promise<Seen> {
  const readAt = performance.now();
  const counter = await readCounter(session, options);
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
  return { pair, domain, sealed, counter, readAt, ...(await listing(session, namespace, options)) };
}

async function listing(
  session: Session,
  namespace: Namespace,
  options: WorkOptions,
): Promise<Pick<Target, 'keys' | 'users'>> {
  if (!(await hasNamespace(session, namespace, options))) return { keys: new Set(), users: new Set() };
  const keys = new Set<string>(await listIds(session, namespace, options));
  if (namespace === ROOT) return { keys, users: new Set() };
  const users = await listUsers(session.node, await session.namespaceAdministrator(namespace), options);
  return { keys, users: new Set(users) };
}

async function hasNamespace(session: Session, namespace: Namespace, options: WorkOptions): Promise<boolean> {
  if (namespace === ROOT) return true;
  return (await listNamespaces(session.node, await session.administrator(), options)).includes(namespace);
}

async function readCounter(session: Session, options: WorkOptions): Promise<Target['counter']> {
  const credential = await session.metrics();
  if (credential === undefined) return undefined;
  const { kvWrite, uptime } = await readMetrics(session.node, credential, options);
  return { kvWrite, uptime };
}
