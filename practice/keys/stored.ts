import { refuse } from '../answer.ts';
import { accountOf, type Call } from '../call.ts';
import { checkId } from '../ids.ts';
import type { PracticeNode } from '../node.ts';
import { domainKeyOf, etagOf, readSealed, sealedEntry, UNREADABLE } from '../sealed.ts';
import { fromBytes, toBytes } from '../stored-json.ts';
import { namespaceOf } from '../users.ts';
import { commit } from '../write.ts';
import type { Material } from './material.ts';
import { MECHANISMS, type Mechanism } from './types.ts';

/** A key as stored, its texts decoded; the certificate stays bytes. */
export interface StoredKey {
  mechanisms: Mechanism[];
  material: Material;
  certificate: { type: string; data: Buffer } | undefined;
  operations: number;
  tags: string[];
  label: string | undefined;
}

/** The JSON in a sealed key, field by field in the device's order. */
interface KeyJson {
  mechanisms: Mechanism[];
  priv: Material;
  cert: [string, string] | null;
  operations: number;
  restrictions: { tags?: string[] };
  label?: string;
}

/** The folder of a namespace's keys, `''` for root. */
export const keyFolder = (namespace: string): string => (namespace === '' ? '/key/' : `/key/.${namespace}/`);

/** Mechanisms in the device's order. */
export const sortMechanisms = (mechanisms: Iterable<Mechanism>): Mechanism[] => {
  const wanted = new Set(mechanisms);
  return MECHANISMS.filter((name) => wanted.has(name));
};

function toJson(key: StoredKey): KeyJson {
  const { certificate, label, tags } = key;
  return {
    mechanisms: sortMechanisms(key.mechanisms),
    priv: key.material,
    cert: certificate === undefined ? null : [certificate.type, certificate.data.toString('latin1')],
    operations: key.operations,
    restrictions: tags.length === 0 ? {} : { tags: tags.map(toBytes).toSorted() },
    ...(label === undefined ? {} : { label: toBytes(label) }),
  };
}

/** A key's sealed entry. */
export const keyEntry = (node: PracticeNode, path: string, key: StoredKey) =>
  sealedEntry(domainKeyOf(node), path, toJson(key));

/** Reads a key; `unreadable` too where the release knows no labels and the key has one (FACTS, Releases). */
export function readKey(node: PracticeNode, path: string): StoredKey | 'unreadable' | undefined {
  const read = readSealed(node, path);
  if (read === undefined || read === 'unreadable') return read;
  const { mechanisms, priv, cert, operations, restrictions, label } = read.value as KeyJson;
  if (label !== undefined && !node.machine.release.labels) return 'unreadable';
  return {
    mechanisms,
    material: priv,
    certificate: cert === null ? undefined : { type: cert[0], data: Buffer.from(cert[1], 'latin1') },
    operations,
    tags: (restrictions.tags ?? []).map(fromBytes),
    label: label === undefined ? undefined : fromBytes(label),
  };
}

/** The path that a call means: the caller's namespace and the id in the path. */
export function pathOf(call: Call, id = call.parameters[0] as string): string {
  return keyFolder(namespaceOf(accountOf(call).id)) + checkId(id);
}

/** The ETag of the call's key; refuses with 404 when there is none. */
export function etagOfKey(call: Call, path: string): string {
  return etagOf(call.node, path) ?? refuse(404);
}

/** The call's key; 404 when absent, 500 with its ETag when it can't be opened (recording 10). */
export function existingKey(call: Call, path: string): StoredKey {
  const key = readKey(call.node, path);
  if (key === undefined) return refuse(404);
  if (key !== 'unreadable') return key;
  const reads = call.request.method === 'GET';
  return refuse(500, UNREADABLE, reads ? { etag: etagOf(call.node, path) as string } : {});
}

/** Writes a key back, changed. */
export function saveKey(node: PracticeNode, path: string, key: StoredKey): void {
  commit(node, [keyEntry(node, path, key)]);
}
