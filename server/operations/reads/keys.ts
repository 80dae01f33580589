import { mapConcurrently } from '../../../core/concurrent.ts';
import type { Session } from '../../../core/device/session.ts';
import { readKey } from '../../../core/inventory/read.ts';
import { type KeyId, type Namespace, namespaceTitle, parseKeyId } from '../../../core/names.ts';
import { isProblem } from '../../../core/problem.ts';
import { devicesOf } from '../../../core/replication/policy.ts';
import { policyOf } from '../../../core/replication/policy-of.ts';
import { asErrand } from '../engine/asking.ts';
import { namespaceOf } from '../engine/context.ts';
import type { Engine } from '../engine/engine.ts';
import { filterIds } from '../ids/filter-ids.ts';
import { groupIds } from '../ids/group-ids.ts';
import { type PackedIds, rangeOf } from '../ids/packed-ids.ts';
import { pageIds } from '../ids/page-ids.ts';
import { factsView } from '../look/facts-view.ts';
import { lookAtIds } from '../look/ids.ts';
import { isThere } from '../look/is-there.ts';
import { problemData } from '../look/problem-data.ts';
import type { Fresh, KeyDetails, KeyPage, KeysParams, KeyView } from '../protocol.ts';

const MOST = 1_000;
/** Keys read at once: a page that is looked at must not keep a device from its work. */
const AT_ONCE = 4;

/** Filtered ids of the last questions, so that the next page costs nothing. */
const filtered = new WeakMap<PackedIds, { filter: string; ids: PackedIds }>();

/** The ids that a filter lets through; all without one. */
export async function narrow(ids: PackedIds, filter: string | undefined, signal?: AbortSignal): Promise<PackedIds> {
  if (filter === undefined || filter === '') return ids;
  const before = filtered.get(ids);
  if (before?.filter === filter) return before.ids;
  const found = await filterIds(ids, filter, signal);
  filtered.set(ids, { filter, ids: found });
  return found;
}

/** A page of the keys of a namespace on a device, or groups of them. */
export async function keys(engine: Engine, params: KeysParams, signal: AbortSignal): Promise<KeyPage> {
  const { manifest, device, prefix = '', filter, after, grouped, facts, ...fresh } = params;
  const limit = Math.max(1, Math.min(MOST, params.limit));
  const saved = await engine.manifests.valid(manifest);
  const namespace = namespaceOf(params.namespace);
  const { value: all, at } = await lookAtIds(engine, saved, namespace, device, fresh);
  const ids = await narrow(all, filter, signal);
  const { from, to } = rangeOf(ids, prefix);
  const page = { total: all.length, matching: to - from, at };
  if (grouped && to - from > limit) {
    const { groups, single } = groupIds(ids, prefix);
    return { ...page, groups, keys: await withFacts(engine, params, namespace, single, signal) };
  }
  const { page: found, ...more } = pageIds(ids, { from, to, after, limit });
  return { ...page, keys: await withFacts(engine, params, namespace, found, signal), ...more };
}

async function withFacts(
  engine: Engine,
  { manifest, device, facts, ask }: KeysParams,
  namespace: Namespace,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<KeyView[]> {
  if (!facts || ids.length === 0) return ids.map((key) => ({ key }));
  const saved = await engine.manifests.valid(manifest);
  const trip = { ask: ask === true, reason: `to read keys of ${namespaceTitle(namespace)}`, signal };
  return asErrand(trip, () =>
    engine.sessions.use(saved, [device], (session) =>
      mapConcurrently(ids, AT_ONCE, async (id) => ({
        key: id,
        ...(await readOne(session, namespace, parseKeyId(id), signal)),
      })),
    ),
  );
}

/** On a device that lacks the whole namespace there is no such key. */
const readWhereThere = async (...[session, namespace, id, signal]: Parameters<typeof readOne>) => {
  const there = await isThere(session, namespace).catch(() => true);
  return there ? readOne(session, namespace, id, signal) : {};
};

async function readOne(
  session: Session,
  namespace: Namespace,
  id: KeyId,
  signal: AbortSignal,
): Promise<Pick<KeyView, 'facts' | 'problem'>> {
  try {
    const key = await readKey(session, namespace, id, { signal });
    return key === undefined ? {} : { facts: factsView(key.facts) };
  } catch (error) {
    if (isProblem(error) && error.kind !== 'cancelled') return { problem: problemData(error) };
    throw error;
  }
}

/** One key on all devices of its namespace; the one that was asked for first. */
export async function keyDetails(
  engine: Engine,
  params: { manifest: string; namespace: string; device: string; key: string } & Fresh,
  signal: AbortSignal,
): Promise<KeyDetails> {
  const saved = await engine.manifests.valid(params.manifest);
  const namespace = namespaceOf(params.namespace);
  const id = parseKeyId(params.key);
  const policy = policyOf(saved.manifest, namespace, saved.folder);
  const names = [...new Set([params.device, ...devicesOf(policy)])];
  const trip = { ask: params.ask === true, reason: `to read the key ${id}`, signal };
  const devices = await asErrand(trip, () =>
    engine.sessions.use(
      saved,
      names,
      (...sessions) =>
        Promise.all(
          sessions.map(async (session) => ({
            device: session.name,
            ...(await readWhereThere(session, namespace, id, signal)),
          })),
        ),
      'keep',
    ),
  );
  return { key: id, at: engine.now(), devices };
}
