import { compareIds } from '../../../core/inventory/item.ts';
import type { Namespace } from '../../../core/names.ts';
import { Problem } from '../../../core/problem.ts';
import { asErrand } from '../engine/asking.ts';
import { namespaceOf } from '../engine/context.ts';
import type { Engine } from '../engine/engine.ts';
import type { SavedManifest } from '../engine/manifests.ts';
import { matcherOf } from '../ids/filter-ids.ts';
import type { PackedIds } from '../ids/packed-ids.ts';
import { pageIds } from '../ids/page-ids.ts';
import { knownConflicts } from '../look/conflicts.ts';
import { countsOf, knownDrift, wholeDrift } from '../look/drift.ts';
import { knownPlan, makePlan } from '../look/plan.ts';
import type { DriftPage, DriftParams } from '../protocol.ts';
import { narrow } from './keys.ts';

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
  const known = knownConflicts(engine, saved, namespace)?.on(device);
  const isOpen = ({ key }: { key: string }): boolean => known?.ids?.has(key) !== true;
  const limit = Math.max(1, Math.min(MOST, params.limit));
  const listed =
    kind === 'missing' || kind === 'extra'
      ? await pageOfIds(seen.value[kind], { filter, after, limit }, signal)
      : pageOfItems(
          kind === 'differs' ? seen.value.differs.map(namedFields).filter(isOpen) : conflicts.map(namedReason),
          {
            filter,
            after,
            limit,
          },
        );
  // A key in conflict is listed as that only.
  const items = kind === 'conflict' ? listed.items : listed.items.filter(isOpen);
  const matching = listed.matching - (listed.items.length - items.length);
  return { counts: countsOf(seen.value, known), primary: seen.value.primary, ...listed, items, matching, at: seen.at };
}

interface Wanted {
  filter: string | undefined;
  after: string | undefined;
  limit: number;
}

type Listed = Pick<DriftPage, 'matching' | 'items' | 'next'>;

async function pageOfIds(all: PackedIds, { filter, after, limit }: Wanted, signal: AbortSignal): Promise<Listed> {
  const ids = await narrow(all, filter, signal);
  const { page, ...more } = pageIds(ids, { after, limit });
  return { matching: ids.length, items: page.map((key) => ({ key })), ...more };
}

function pageOfItems(items: DriftPage['items'], { filter, after, limit }: Wanted): Listed {
  const matches = filter === undefined || filter === '' ? () => true : matcherOf(filter);
  const matching = items.filter(({ key }) => matches(key)).sort((a, b) => compareIds(a.key, b.key));
  const rest = after === undefined ? matching : matching.filter(({ key }) => key > after);
  const page = rest.slice(0, limit);
  return {
    matching: matching.length,
    items: page,
    ...(page.length < rest.length && { next: page.at(-1)?.key as string }),
  };
}

const namedFields = ({ id, fields }: { id: string; fields: string[] }) => ({ key: id, fields });
const namedReason = ({ id, reason }: { id: string; reason: string }) => ({ key: id, reason });

/** A run tells only how many there are; which they are says a plan. It is made anew for a person who wants it fresh. */
async function conflictsOn(
  engine: Engine,
  saved: SavedManifest,
  namespace: Namespace,
  { device, ask, maxAge = Number.POSITIVE_INFINITY }: DriftParams,
  signal: AbortSignal,
) {
  const known = knownPlan(engine, saved, namespace);
  const isOld = ask === true && engine.now() - (known.at ?? 0) > maxAge;
  const plan = known.value !== undefined && !isOld ? known.value : await makePlan(engine, saved, namespace, { signal });
  return plan.conflicts.filter(({ devices }) => devices.includes(device));
}

const neverRead = (device: string): Problem =>
  new Problem({
    kind: 'not-found',
    place: device,
    cause: 'nobody compared it yet',
    remedy: 'Compare it with its primary',
  });
