import { empty, json, refuse } from '../answer.ts';
import type { Call } from '../call.ts';
import { checkId } from '../ids.ts';
import { ADMINISTRATOR, OPERATIONAL, type Route } from '../route.ts';
import { domainKeyOf, readSealed, sealedEntry, UNREADABLE } from '../sealed.ts';
import { toBytes } from '../stored-json.ts';
import { namespaceExists } from '../users.ts';
import { commit } from '../write.ts';

const markerPath = (namespace: string): string => `/namespace/${namespace}`;

function list({ node }: Call) {
  const names = [...node.machine.store.names('/namespace/')].filter((name) => !name.startsWith('.'));
  return json(names.map((id) => ({ id })));
}

function create({ node, parameters }: Call) {
  const namespace = checkId(parameters[0] as string);
  if (namespaceExists(node, namespace)) refuse(400, `Namespace ${namespace} already exists`);
  commit(node, [sealedEntry(domainKeyOf(node), markerPath(namespace), toBytes(namespace))]);
  return empty(204);
}

/** Removes the marker and, one write each, the keys; the users stay (recordings 03 and 15). */
function remove({ node, parameters }: Call) {
  const namespace = checkId(parameters[0] as string);
  const marker = readSealed(node, markerPath(namespace));
  if (marker === undefined) refuse(404);
  if (marker === 'unreadable') refuse(500, UNREADABLE);
  for (const { path } of [...node.machine.store.snapshot().scan(`/key/.${namespace}/`)]) {
    node.uses.delete(path);
    commit(node, [{ path, value: undefined }]);
  }
  commit(node, [{ path: markerPath(namespace), value: undefined }]);
  return empty(204);
}

const who = { roles: ADMINISTRATOR, rootOnly: true };

export const NAMESPACES: readonly Route[] = [
  { path: /^\/namespaces$/, states: OPERATIONAL, methods: { GET: { ...who, run: list } } },
  {
    path: /^\/namespaces\/([^/]+)$/,
    states: OPERATIONAL,
    methods: { PUT: { ...who, writes: true, run: create }, DELETE: { ...who, writes: true, run: remove } },
  },
];
