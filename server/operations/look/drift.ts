import { findDrift } from '../../../core/inventory/drift.ts';
import { packIds } from '../../../core/inventory/id-list.ts';
import { compareIds, type Drift } from '../../../core/inventory/item.ts';
import { type KeyId, type Namespace, namespaceTitle } from '../../../core/names.ts';
import type { WorkOptions } from '../../../core/progress.ts';
import { linkOf } from '../../../core/replication/journal/journal.ts';
import { policyOf } from '../../../core/replication/policy-of.ts';
import { asErrand, errand } from '../engine/asking.ts';
import type { Known } from '../engine/cache.ts';
import type { Engine } from '../engine/engine.ts';
import type { SavedManifest } from '../engine/manifests.ts';
import { compareListings } from '../ids/compare-ids.ts';
import { holds, type PackedIds } from '../ids/packed-ids.ts';
import type { DriftCounts, Fresh } from '../protocol.ts';
import type { ConflictsOn } from './conflicts.ts';
import { glanceAt } from './glance.ts';
import { lookAtIds } from './ids.ts';
import { isThere } from './is-there.ts';
import { lagOf } from './lag.ts';
import { primaryOf } from './primary.ts';

/** A replica's difference from its primary, when it was seen; of those keys that the manifest lets travel. */
export interface DriftSeen {
  missing: PackedIds;
  extra: PackedIds;
  /** One that a device can't open differs, in nothing that could be named. */
  differs: Drift['differs'];
  /** How many keys are the same on both. */
  same: number;
  primary: string;
  /** Whether keys that are on both were compared too, or only ids. */
  isFull: boolean;
}

/** Up to so many keys are compared whole whenever a view is refreshed; above it, only when somebody asks for it. */
const FEW = 50;
/** From so many keys on the opening of sealed entries pays for threads of its own. */
const MANY = 20_000;
const THREADS = 2;
const MINUTE = 60_000;

const keyOf = ({ uri }: SavedManifest, namespace: Namespace, device: string): string =>
  `${uri}\nnamespace\n${namespace}\ndrift\n${device}`;

/** Whether a key of the cache is that of a drift. */
export const isDrift = (key: string): boolean => key.split('\n')[3] === 'drift';

export const knownDrift = (engine: Engine, saved: SavedManifest, namespace: Namespace, device: string) =>
  engine.cache.known<DriftSeen>(keyOf(saved, namespace, device));

/** The drift of a replica for views: ids by listing, contents where they are few; what differed before still counts. */
export function lookAtDrift(
  engine: Engine,
  saved: SavedManifest,
  namespace: Namespace,
  device: string,
  fresh: Fresh,
): Promise<Known<DriftSeen>> {
  const reason = `to compare ${namespaceTitle(namespace)}`;
  const sight = { key: keyOf(saved, namespace, device), reason, what: 'namespaces' as const };
  return glanceAt(engine, saved, sight, fresh, () => glance(engine, saved, namespace, device, fresh));
}

/** The whole drift of a replica, read now unless it is known and young enough. */
export async function wholeDrift(
  engine: Engine,
  saved: SavedManifest,
  namespace: Namespace,
  device: string,
  fresh: Fresh,
  options: WorkOptions = {},
): Promise<{ value: DriftSeen; at: number }> {
  const known = knownDrift(engine, saved, namespace, device);
  const oldest = engine.now() - (fresh.maxAge ?? Number.POSITIVE_INFINITY);
  if (known.value?.isFull && !known.isOutdated && known.at !== undefined && known.at >= oldest)
    return { value: known.value, at: known.at };
  const trip = { ...errand(), ask: fresh.ask === true || errand().ask };
  const { maxAge = MINUTE } = fresh;
  const value = await asErrand(trip, () => compareAll(engine, saved, namespace, device, { ...options, maxAge }));
  return { value, at: engine.now() };
}

async function compareAll(
  engine: Engine,
  saved: SavedManifest,
  namespace: Namespace,
  device: string,
  { maxAge, ...options }: WorkOptions & { maxAge: number },
): Promise<DriftSeen> {
  const primary = primaryOf(engine, saved, namespace);
  const travels = travelling(saved, namespace);
  const fresh = { maxAge: Math.min(MINUTE, maxAge), ask: errand().ask };
  const { value: ours } = await lookAtIds(engine, saved, namespace, primary, fresh);
  const work = { ...options, ...(ours.length >= MANY && { threads: THREADS }) };
  const drift = await engine.sessions.use(saved, [primary, device], async (from, to) => {
    // Where the whole of a large namespace is missing, its ids are not listed again, nor unpacked.
    if (ours.length <= FEW || (await isThere(to, namespace)))
      return packed(await findDrift(from, to, namespace, work), travels);
    return { ...(await compareListings(ours, packIds([]), travels)), differs: [] };
  });
  const seen = { ...drift, primary, isFull: true };
  engine.cache.put(keyOf(saved, namespace, device), seen);
  note(engine, saved, namespace, device, seen);
  return seen;
}

async function glance(
  engine: Engine,
  saved: SavedManifest,
  namespace: Namespace,
  device: string,
  fresh: Fresh,
): Promise<DriftSeen> {
  const primary = primaryOf(engine, saved, namespace);
  const { value: ours } = await lookAtIds(engine, saved, namespace, primary, fresh);
  if (ours.length <= FEW) return compareAll(engine, saved, namespace, device, { maxAge: MINUTE });
  const { value: theirs } = await lookAtIds(engine, saved, namespace, device, fresh);
  const before = knownDrift(engine, saved, namespace, device);
  const travels = travelling(saved, namespace);
  const { missing, extra, same } = await compareListings(ours, theirs, travels);
  // What differed before the last change may be mended; else it differs while it is on both.
  const differed = before.isOutdated ? [] : (before.value?.differs ?? []);
  const differs = differed.filter(({ id }) => ours.has(id) && theirs.has(id));
  const seen = { missing, extra, differs, same: same - differs.length, primary, isFull: false };
  note(engine, saved, namespace, device, seen);
  return seen;
}

/** Whether a key is one that the manifest lets travel: only those can drift. */
function travelling({ manifest, folder }: SavedManifest, namespace: Namespace): (id: string) => boolean {
  const { includes } = policyOf(manifest, namespace, folder);
  return (id) => includes(id as KeyId);
}

/** A drift as it is kept. */
function packed({ missing, extra, differs, unreadable, same }: Drift, travels: (id: string) => boolean) {
  return {
    missing: packIds(missing.filter(travels)),
    extra: packIds(extra.filter(travels)),
    differs: [...differs, ...unreadable.map((id) => ({ id, fields: [] }))]
      .filter(({ id }) => travels(id))
      .sort((a, b) => compareIds(a.id, b.id)),
    same,
  };
}

/** How much drifts; a key in conflict counts as that only. Where nobody knows which they are, they are among those that differ. */
export function countsOf({ missing, extra, differs, same }: DriftSeen, conflicts?: ConflictsOn): DriftCounts {
  const { count, ids } = conflicts ?? { count: 0 };
  const inConflict = [...(ids ?? [])];
  return {
    missing: missing.length - inConflict.filter((id) => holds(missing, id)).length,
    extra: extra.length - inConflict.filter((id) => holds(extra, id)).length,
    differs: ids === undefined ? Math.max(0, differs.length - count) : differs.filter(({ id }) => !ids.has(id)).length,
    conflict: count,
    same,
  };
}

/** Tells the language features. */
function note(engine: Engine, saved: SavedManifest, namespace: Namespace, device: string, drift: DriftSeen): void {
  const { uri, path } = saved;
  const before = engine.facts.facts.of(uri)?.namespace(namespace);
  const counts = countsOf(drift);
  const { missing, extra, differs } = counts;
  const last = engine.journals.existing(path)?.lastRun(linkOf(namespace, drift.primary, device));
  const lag = lagOf(engine.now(), last, counts);
  const seen = { missing, extra, differs, ...(lag !== undefined && { lagSeconds: Math.round(lag / 1000) }) };
  engine.facts.setNamespace(uri, namespace, {
    ...before,
    at: engine.now(),
    ...(last?.ok && { lastTransferSeconds: Math.round((last.endedAt - last.startedAt) / 1000) }),
    replicas: { ...before?.replicas, [device]: seen },
  });
}
