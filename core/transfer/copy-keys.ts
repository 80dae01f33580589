import { readDeviceBackup } from '../backup/device-backup.ts';
import { mapConcurrently } from '../concurrent.ts';
import { systemInfo } from '../device/info.ts';
import type { Session } from '../device/session.ts';
import { compareIds } from '../inventory/item.ts';
import { READS_AT_ONCE, readKey } from '../inventory/read.ts';
import type { KeyFacts } from '../key-facts.ts';
import { type KeyId, type Namespace, namespaceTitle } from '../names.ts';
import { Problem } from '../problem.ts';
import type { WorkOptions } from '../progress.ts';
import { deliver } from './deliver.ts';
import { type MergeChoice, mergeNamespace } from './merge.ts';
import { alignMetadata, whyOtherKey } from './metadata.ts';
import { prepareTarget, type TransferOptions } from './prepare-target.ts';
import type { TransferReport } from './report.ts';
import { type SealedEntry, sealedKey } from './sealed-entry.ts';
import { requireOperational } from './target.ts';

/** Most keys of one copy: they are held in memory; a whole namespace goes through an archive. */
export const MAX_COPIED_KEYS = 10_000;

/**
 * Copies keys from one device to another, sealed. What is missing there is created; tags, label and certificate of a
 * key that is there already are brought in line; another key of the same id is a conflict, and both stay.
 */
export async function copyKeys(
  request: {
    from: Session;
    to: Session;
    namespace: Namespace;
    ids: readonly KeyId[];
    /** By a merge in place of appends: creates only. */
    merge?: MergeChoice;
  },
  options: TransferOptions,
): Promise<TransferReport> {
  const { from, to, namespace, ids } = request;
  if (ids.length > MAX_COPIED_KEYS) throw new RangeError(`${ids.length} keys in one copy`);
  await requireOperational(from, options);
  const info = await systemInfo(from.node, await from.administrator(), options);
  const facts = await readFacts(from, namespace, ids, options);
  const values = new Map<string, Buffer>();
  const backup = await readDeviceBackup(
    from,
    (entry, path) => {
      if (path.kind === 'key' && path.namespace === namespace && facts.has(path.id)) {
        values.set(path.id, Buffer.from(entry.value));
      }
    },
    options,
  );
  const entries = [...facts.keys()].map((id): SealedEntry => {
    const value = values.get(id);
    if (value === undefined) throw notInBackup(from, id);
    return sealedKey(namespace, id, value);
  });
  const origin = { place: from.name, domain: backup.domain, release: info.softwareVersion };
  if (request.merge) {
    const delivery = { origin, entries: () => batchOf(entries) };
    return mergeNamespace(to, namespace, delivery, { ...options, ...request.merge });
  }
  const { target, report } = await prepareTarget(to, namespace, origin, options);
  report.keys = report.asked = entries.length;
  const expected = (id: string): KeyFacts | undefined => facts.get(id as KeyId);
  const settle = (id: KeyId): Promise<string | undefined> => settleKey(to, namespace, id, facts.get(id) as KeyFacts);
  await deliver(target, { origin, entries: () => batchOf(entries), expected, settle }, report, options);
  return report;
}

/** Brings a key that is there in line with `wanted`; gives why not when it is another key, or fields still differ. */
export async function settleKey(
  to: Session,
  namespace: Namespace,
  id: KeyId,
  wanted: KeyFacts,
): Promise<string | undefined> {
  const there = await readKey(to, namespace, id);
  if (there === undefined) return 'it went away while we worked';
  return whyOtherKey(wanted, there.facts) ?? (await alignMetadata(to, namespace, id, wanted));
}

/** The facts of keys that are all there, ordered by id; throws a Problem `not-found` that names those which are not. */
export async function readFacts(
  from: Session,
  namespace: Namespace,
  ids: readonly KeyId[],
  options: WorkOptions,
): Promise<Map<KeyId, KeyFacts>> {
  const keys = await mapConcurrently(ids, READS_AT_ONCE, (id) => readKey(from, namespace, id, options));
  const missing = ids.filter((_, i) => keys[i] === undefined);
  if (missing.length > 0) {
    throw new Problem({
      kind: 'not-found',
      place: from.name,
      cause: `there is no key ${missing.join(', ')} in ${namespaceTitle(namespace)}`,
      remedy: 'Look at what is there with inventory',
    });
  }
  const facts = new Map(ids.map((id, i) => [id, keys[i]?.facts as KeyFacts]));
  return new Map([...facts].sort(([a], [b]) => compareIds(a, b)));
}

const notInBackup = (from: Session, id: KeyId): Problem =>
  new Problem({
    kind: 'damaged',
    place: `backup of ${from.name}`,
    cause: `the key ${id} is listed but not in the backup of the device`,
    remedy: 'If it was just deleted, nothing is wrong; else look into the log of the device',
  });

async function* batchOf(entries: SealedEntry[]): AsyncGenerator<SealedEntry[]> {
  yield entries;
}
