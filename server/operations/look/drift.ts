import { emptyDrift } from '../../../core/inventory/compare.ts';
import { findDrift } from '../../../core/inventory/drift.ts';
import { compareIds, type Drift } from '../../../core/inventory/item.ts';
import { type KeyId, type Namespace, namespaceTitle } from '../../../core/names.ts';
import type { WorkOptions } from '../../../core/progress.ts';
import { linkOf } from '../../../core/replication/journal/journal.ts';
import { policyOf } from '../../../core/replication/policy-of.ts';
import { asErrand, errand } from '../engine/asking.ts';
import type { Known } from '../engine/cache.ts';
import type { Engine } from '../engine/engine.ts';
import type { SavedManifest } from '../engine/manifests.ts';
import type { PackedIds } from '../ids/packed-ids.ts';
import type { DriftCounts, Fresh } from '../protocol.ts';
import { glanceAt } from './glance.ts';
import { lookAtIds } from './ids.ts';
import { lagOf } from './lag.ts';
import { primaryOf } from './primary.ts';

/** A replica's difference from its primary, when it was seen. */
export interface DriftSeen extends Drift {
  primary: string;
  /** Whether keys that are on both were compared too, or only ids. */
  isFull: boolean;
}

/** Up to so many keys are compared whole whenever a view is refreshed; above it, only when somebody asks for it. */
const FEW = 50;
/** From so many keys on the opening of sealed entries pays for threads of its own. */
const MANY = 20_000;
const THREADS = 2;

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
  const value = await asErrand(trip, () => compareAll(engine, saved, namespace, device, options));
  return { value, at: engine.now() };
}

async function compareAll(
  engine: Engine,
  saved: SavedManifest,
  namespace: Namespace,
  device: string,
  options: WorkOptions,
): Promise<DriftSeen> {
  const primary = primaryOf(engine, saved, namespace);
  const { value: ids } = await lookAtIds(engine, saved, namespace, primary, { maxAge: 60_000, ask: errand().ask });
  const work = { ...options, ...(ids.length >= MANY && { threads: THREADS }) };
  const drift = await engine.sessions.use(saved, [primary, device], async (from, to) =>
    findDrift(from, to, namespace, work),
  );
  const seen = { ...travelling(saved, namespace, drift), primary, isFull: true };
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
  if (ours.length <= FEW) return compareAll(engine, saved, namespace, device, {});
  const { value: theirs } = await lookAtIds(engine, saved, namespace, device, fresh);
  const before = knownDrift(engine, saved, namespace, device);
  // What differed before the last change may be mended.
  const drift = compareListings(ours, theirs, before.isOutdated ? [] : (before.value?.differs ?? []));
  const seen = { ...travelling(saved, namespace, drift), primary, isFull: false };
  note(engine, saved, namespace, device, seen);
  return seen;
}

/** The drift by two listings; keys that differed before count as differing while they are on both. */
function compareListings(ours: PackedIds, theirs: PackedIds, differed: Drift['differs']): Drift {
  const drift = emptyDrift();
  const differing = new Map(differed.map((one) => [one.id as string, one]));
  let i = 0;
  let j = 0;
  while (i < ours.length || j < theirs.length) {
    const a = i < ours.length ? ours.at(i) : undefined;
    const b = j < theirs.length ? theirs.at(j) : undefined;
    const order = a === undefined ? 1 : b === undefined ? -1 : compareIds(a, b);
    if (order < 0) drift.missing.push(a as KeyId);
    else if (order > 0) drift.extra.push(b as KeyId);
    else {
      const known = differing.get(a as string);
      if (known === undefined) drift.same += 1;
      else drift.differs.push(known);
    }
    if (order <= 0) i++;
    if (order >= 0) j++;
  }
  return drift;
}

/** Only keys that the manifest lets travel can drift. One that a device can't open differs, in nothing that could be named. */
function travelling(saved: SavedManifest, namespace: Namespace, drift: Drift): Drift {
  const { includes } = policyOf(saved.manifest, namespace, saved.folder);
  return {
    missing: drift.missing.filter(includes),
    extra: drift.extra.filter(includes),
    differs: [...drift.differs, ...drift.unreadable.map((id) => ({ id, fields: [] }))]
      .filter(({ id }) => includes(id))
      .sort((a, b) => compareIds(a.id, b.id)),
    unreadable: [],
    same: drift.same,
  };
}

export const countsOf = ({ missing, extra, differs, same }: Drift, conflicts = 0): DriftCounts => ({
  missing: missing.length,
  extra: extra.length,
  differs: differs.length,
  conflict: conflicts,
  same,
});

/** Tells the language features. */
function note(engine: Engine, saved: SavedManifest, namespace: Namespace, device: string, drift: DriftSeen): void {
  const { uri, path } = saved;
  const before = engine.facts.facts.of(uri)?.namespace(namespace);
  const { missing, extra, differs } = countsOf(drift);
  const last = engine.journals.existing(path)?.lastRun(linkOf(namespace, drift.primary, device));
  const lag = lagOf(engine.now(), last, { missing, differs });
  const seen = { missing, extra, differs, ...(lag !== undefined && { lagSeconds: Math.round(lag / 1000) }) };
  engine.facts.setNamespace(uri, namespace, {
    ...before,
    at: engine.now(),
    ...(last?.ok && { lastTransferSeconds: Math.round((last.endedAt - last.startedAt) / 1000) }),
    replicas: { ...before?.replicas, [device]: seen },
  });
}
