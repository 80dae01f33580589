import { mapConcurrently } from '../concurrent.ts';
import { gatherKeys, getCertificate, getKey } from '../device/keys.ts';
import { listNamespaces } from '../device/namespaces.ts';
import type { Session } from '../device/session.ts';
import type { KeyFacts } from '../key-facts.ts';
import { type KeyId, type Namespace, namespaceTitle, parseKeyId, ROOT } from '../names.ts';
import { isProblem, throwIfCancelled } from '../problem.ts';
import type { WorkOptions } from '../progress.ts';
import { gatherIds, type IdList } from './id-list.ts';
import type { InventoryItem } from './item.ts';

/** Requests under way at once while keys are read one by one: what a device answers without making others wait. */
export const READS_AT_ONCE = 8;
const BATCH = 256;

/** Whether a device has a namespace at all; where it has not, its N-Administrator can't log in. Asks the R-Administrator. */
export async function hasNamespace(
  session: Session,
  namespace: Namespace,
  options: WorkOptions = {},
): Promise<boolean> {
  if (namespace === ROOT) return true;
  return (await listNamespaces(session.node, await session.administrator(), options)).includes(namespace);
}

/** The ids of a namespace in order, packed (`GET /keys`): for namespaces that may be large. */
export async function readIds(
  session: Session,
  namespace: Namespace,
  options: WorkOptions = {},
): Promise<IdList<KeyId>> {
  const credential = await session.namespaceAdministrator(namespace);
  const place = `listing of ${namespaceTitle(namespace)} on ${session.name}`;
  const begin = () => {
    const ids = gatherIds<KeyId>();
    return { add: (id: string) => ids.add(parseKeyId(id, place)), end: ids.end };
  };
  return gatherKeys(session.node, credential, begin, options);
}

/** The same as an array: for namespaces whose ids are wanted one and all. */
export const listIds = async (session: Session, namespace: Namespace, options: WorkOptions = {}): Promise<KeyId[]> => [
  ...(await readIds(session, namespace, options)),
];

/**
 * What a device tells of one key (`GET /keys/{id}` and `/cert`); undefined when there is no such key.
 * An entry that the device can't open (of another domain, say) throws a Problem `unreadable`.
 */
export async function readKey(
  session: Session,
  namespace: Namespace,
  id: KeyId,
  options: WorkOptions = {},
): Promise<{ facts: KeyFacts; etag: string } | undefined> {
  const credential = await session.namespaceAdministrator(namespace);
  try {
    const key = await getKey(session.node, credential, id, options);
    const certificate = await getCertificate(session.node, credential, id, options);
    const facts: KeyFacts =
      certificate === undefined
        ? key.facts
        : { ...key.facts, certificate: { contentType: certificate.contentType, data: certificate.data } };
    return { facts, etag: key.etag };
  } catch (error) {
    if (isProblem(error, 'not-found')) return undefined;
    throw error;
  }
}

/** What reading of many keys does with one that the device lists and can't open. */
export interface ReadOptions extends WorkOptions {
  onUnreadable: (id: KeyId) => void;
}

/** As {@link readKey}; a key that the device can't open is told of, and undefined too. */
export async function readOpenable(
  session: Session,
  namespace: Namespace,
  id: KeyId,
  { onUnreadable, ...options }: ReadOptions,
): Promise<InventoryItem | undefined> {
  try {
    const key = await readKey(session, namespace, id, options);
    return key && { id, facts: key.facts };
  } catch (error) {
    if (!isProblem(error, 'unreadable')) throw error;
    onUnreadable(id);
    return undefined;
  }
}

/**
 * The inventory of a namespace by listing and reading, ordered by id, in batches. A key that goes away while
 * we read is left out. Three requests a key's worth of time: for large namespaces compare sealed bytes instead.
 */
export async function* readInventory(
  session: Session,
  namespace: Namespace,
  options: ReadOptions,
): AsyncGenerator<InventoryItem[]> {
  const ids = await readIds(session, namespace, options);
  const phase = `reading ${namespaceTitle(namespace)} on ${session.name}`;
  for (let from = 0; from < ids.length; from += BATCH) {
    throwIfCancelled(options.signal, phase);
    const part = Array.from({ length: Math.min(BATCH, ids.length - from) }, (_, i) => ids.at(from + i));
    const keys = await mapConcurrently(part, READS_AT_ONCE, (id) => readOpenable(session, namespace, id, options));
    yield keys.filter((key) => key !== undefined);
    options.onProgress?.({ phase, done: from + part.length, total: ids.length, unit: 'keys' });
  }
}
