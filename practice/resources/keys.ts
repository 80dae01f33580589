import { type Answer, empty, json, refuse } from '../answer.ts';
import { accountOf, type Call, readObject } from '../call.ts';
import { condition } from '../conditions.ts';
import { checkId, freshId } from '../ids.ts';
import { changing } from '../keys/changing.ts';
import { checkLength, generateMaterial } from '../keys/generate.ts';
import { importMaterial } from '../keys/import.ts';
import { type Material, openMaterial, publicPart } from '../keys/material.ts';
import { checkMechanisms, type NewKey, readNewKey } from '../keys/request.ts';
import {
  etagOfKey,
  existingKey,
  keyEntry,
  keyFolder,
  pathOf,
  readKey,
  type StoredKey,
  saveKey,
} from '../keys/stored.ts';
import { countUse } from '../metrics.ts';
import { pauseBeforeWrite } from '../pause.ts';
import { ADMINISTRATOR, OPERATIONAL, type Route } from '../route.ts';
import { etagOf } from '../sealed.ts';
import { namespaceOf } from '../users.ts';
import { commit } from '../write.ts';

const IMPORT = 'Json.private_key_req';
const GENERATE = 'Json.generate_key_req';

function list(call: Call): Answer {
  const { node, query } = call;
  const account = accountOf(call);
  const folder = keyFolder(namespaceOf(account.id));
  const prefix = call.parameters[0] ?? '';
  let ids = [...node.machine.store.names(folder)].filter((id) => !id.startsWith('.') && id.startsWith(prefix));
  const label = query.get('label');
  if (label !== null) ids = ids.filter((id) => keyAt(call, folder + id)?.label === label);
  if (query.has('filter') && account.role === 'Operator') {
    ids = ids.filter((id) => mayUse(keyAt(call, folder + id), account.tags));
  }
  return json(ids.map((id) => ({ id })));
}

function keyAt(call: Call, path: string): StoredKey | undefined {
  const key = readKey(call.node, path);
  return key === 'unreadable' ? undefined : key;
}

/** Whether a user with these tags may use a key: it has none, or one of them. */
export const mayUse = (key: StoredKey | undefined, tags: readonly string[]): boolean =>
  key !== undefined && (key.tags.length === 0 || key.tags.some((tag) => tags.includes(tag)));

async function add(call: Call, id: string, wanted: NewKey, material: Material): Promise<void> {
  const path = pathOf(call, id);
  const { mechanisms, tags, label } = wanted;
  await pauseBeforeWrite(call.node);
  saveKey(call.node, path, { mechanisms, material, certificate: undefined, operations: 0, tags, label });
}

function refuseExisting(call: Call, id: string): void {
  const etag = etagOf(call.node, pathOf(call, id));
  const refused = condition(call, etag);
  if (refused !== undefined) refuse(refused.status);
  if (etag !== undefined) refuse(400, `Key with id ${id} already exists`);
}

async function importKey(call: Call, id: string): Promise<void> {
  const body = await readObject(call, IMPORT);
  const wanted = readNewKey(body, IMPORT, ['private']);
  const material = importMaterial(wanted.type, body.private);
  checkMechanisms(wanted);
  refuseExisting(call, id);
  await add(call, id, wanted, material);
}

async function put(call: Call): Promise<Answer> {
  await importKey(call, checkId(call.parameters[0] as string));
  return empty(204);
}

async function post(call: Call): Promise<Answer> {
  const id = freshId();
  await importKey(call, id);
  return json({ id }, 201, { location: `/api/v1/keys/${id}` });
}

async function generate(call: Call): Promise<Answer> {
  const body = await readObject(call, GENERATE);
  const wanted = readNewKey(body, GENERATE, ['length', 'id']);
  const id = body.id === undefined ? freshId() : checkId(String(body.id));
  checkMechanisms(wanted);
  checkLength(wanted.type, body.length);
  refuseExisting(call, id);
  const material = await generateMaterial(wanted.type, Number(body.length ?? 0));
  await add(call, id, wanted, material);
  if (call.node.metrics.uses !== undefined) countUse(call.node.metrics, 'generate');
  return json({ id }, 201, { location: `/api/v1/keys/${id}` });
}

function get(call: Call): Answer {
  const path = pathOf(call);
  const etag = etagOfKey(call, path);
  const early = condition(call, etag);
  if (early !== undefined) return early;
  const { mechanisms, material, operations, tags, label } = existingKey(call, path);
  const open = openMaterial(material);
  const shown = publicPart(open);
  const body = {
    mechanisms,
    type: open.type,
    operations: operations + (call.node.uses.get(path) ?? 0),
    ...(shown === undefined ? {} : { public: shown }),
    restrictions: tags.length === 0 ? {} : { tags },
    ...(label === undefined ? {} : { label }),
  };
  return json(body, 200, { etag });
}

const remove = changing((call, path) => {
  call.node.uses.delete(path);
  commit(call.node, [{ path, value: undefined }]);
  return empty(204);
});

/** One write that puts the value under its new path, sealed anew, and removes the old one. */
const move = changing(async (call, path) => {
  const { newId } = await readObject(call, 'Json.move_key_req');
  const id = checkId(String(newId ?? ''));
  const to = pathOf(call, id);
  const key = existingKey(call, path);
  if (call.node.machine.store.has(to)) refuse(409, `Key '${id}' already exists`);
  commit(call.node, [keyEntry(call.node, to, key), { path, value: undefined }]);
  const uses = call.node.uses.get(path);
  call.node.uses.delete(path);
  if (uses !== undefined) call.node.uses.set(to, uses);
  return json({ id });
});

const writer = { roles: ADMINISTRATOR, writes: true };
const reader = { roles: ['Administrator', 'Operator'] as const };
const states = OPERATIONAL;

export const KEYS: readonly Route[] = [
  { path: /^\/keys$/, states, methods: { GET: { ...reader, run: list }, POST: { ...writer, run: post } } },
  { path: /^\/keys\/generate$/, states, methods: { POST: { ...writer, run: generate } } },
  { path: /^\/keys\/([^/*]*)\*$/, states, methods: { GET: { ...reader, run: list } } },
  {
    path: /^\/keys\/([^/]+)$/,
    states,
    methods: { GET: { ...reader, run: get }, PUT: { ...writer, run: put }, DELETE: { ...writer, run: remove } },
  },
  { path: /^\/keys\/([^/]+)\/move$/, states, methods: { POST: { ...writer, run: move } } },
];
