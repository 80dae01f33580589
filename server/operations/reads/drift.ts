import type { Namespace } from '../../../core/names.ts';
import { Problem } from '../../../core/problem.ts';
import { asErrand } from '../engine/asking.ts';
import { namespaceOf } from '../engine/context.ts';
import type { Engine } from '../engine/engine.ts';
import type { SavedManifest } from '../engine/manifests.ts';
import { matcherOf } from '../ids/filter-ids.ts';
import { knownConflicts } from '../look/conflicts.ts';
import { countsOf, knownDrift, wholeDrift } from '../look/drift.ts';
import { knownPlan, makePlan } from '../look/plan.ts';
import type { DriftPage, DriftParams } from '../protocol.ts';

const MOST = 1_000;

/** A page of what is missing, extra or different on a replica, or in conflict. */
export async function drift(engine: Engine, params: DriftParams, signal: AbortSignal): Promise<DriftPage> {
  const { manifest, device, kind, filter, after, ...fresh } = params;
  const saved = await engine.manifests.valid(manifest);
  const namespace = namespaceOf(params.namespace);
  const trip = { ask: fresh.ask === true, reason: `to compare ${device}`, signal };
  let seen = knownDrift(engine, saved, namespace, device);
  const isOld = seen.at === undefined || engine.now() - seen.at > (fresh.maxAge ?? Number.POSITIVE_INFINITY);
  if (seen.value === undefined || seen.isOutdated || (fresh.maxAge !== undefined && isOld)) {
    seen = await asErrand(trip, () =>
      wholeDrift(engine, saved, namespace, device, { ...fresh, maxAge: 0 }, { signal }),
    );
  }
  if (seen.value === undefined || seen.at === undefined) throw neverRead(device);
  const conflicts =
    kind === 'conflict' ? await asErrand(trip, () => conflictsOn(engine, saved, namespace, params, signal)) : [];
  const items: DriftPage['items'] = itemsOf(kind, seen.value, conflicts);
  const matches = filter === undefined || filter === '' ? () => true : matcherOf(filter);
  const matching = items.filter(({ key }) => matches(key));
  const rest = after === undefined ? matching : matching.filter(({ key }) => key > after);
  const page = rest.slice(0, Math.max(1, Math.min(MOST, params.limit)));
  return {
    counts: countsOf(seen.value, knownConflicts(engine, saved, namespace)?.on(device)),
    primary: seen.value.primary,
    matching: matching.length,
    items: page,
    ...(page.length < rest.length && { next: page.at(-1)?.key as string }),
    at: seen.at,
  };
}

/** A run tells only how many there are; which they are says a plan. */
async function conflictsOn(
  engine: Engine,
  saved: SavedManifest,
  namespace: Namespace,
  { device }: DriftParams,
  signal: AbortSignal,
) {
  const known = knownPlan(engine, saved, namespace);
  const isLast = known.at !== undefined && knownConflicts(engine, saved, namespace)?.at === known.at;
  const plan = known.value !== undefined && isLast ? known.value : await makePlan(engine, saved, namespace, { signal });
  return plan.conflicts.filter(({ devices }) => devices.includes(device));
}

function itemsOf(
  kind: DriftParams['kind'],
  drift: { missing: string[]; extra: string[]; differs: { id: string; fields: string[] }[] },
  conflicts: readonly { id: string; reason: string }[],
): DriftPage['items'] {
  if (kind === 'differs') return drift.differs.map(({ id, fields }) => ({ key: id, fields }));
  if (kind === 'conflict')
    return conflicts.map(({ id, reason }) => ({ key: id, reason })).sort((a, b) => (a.key < b.key ? -1 : 1));
  return drift[kind].map((key) => ({ key }));
}

const neverRead = (device: string): Problem =>
  new Problem({
    kind: 'not-found',
    place: device,
    cause: 'nobody compared it yet',
    remedy: 'Compare it with its primary',
  });
