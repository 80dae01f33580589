import { type Answer, empty, json, refuse } from '../answer.ts';
import { accountOf, type Call, expectType, readBody, readObject } from '../call.ts';
import { makeRequest } from '../certificate.ts';
import { condition } from '../conditions.ts';
import { checkId, freshId } from '../ids.ts';
import { checkLength, generateMaterial } from '../keys/generate.ts';
import { importMaterial } from '../keys/import.ts';
import { type Material, openMaterial, publicKey, publicPart } from '../keys/material.ts';
import { checkMechanisms, type NewKey, readLabel, readNewKey } from '../keys/request.ts';
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
import { readSubject } from './subject.ts';

const IMPORT = 'Json.private_key_req';
const GENERATE = 'Json.generate_key_req';
const CERTIFICATE_TYPE = 'application/octet-stream';

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

/** Runs a change of an existing key behind its conditions; nothing is read of the body before. */
function changing(
  run: (call: Call, path: string) => Answer | Promise<Answer>,
): (call: Call) => Answer | Promise<Answer> {
  return (call) => {
    const path = pathOf(call);
    return condition(call, etagOfKey(call, path)) ?? run(call, path);
  };
}

const remove = changing((call, path) => {
  call.node.uses.delete(path);
  commit(call.node, [{ path, value: undefined }]);
  return empty(204);
});

function publicPem(call: Call): Answer {
  const path = pathOf(call);
  const etag = etagOfKey(call, path);
  const early = condition(call, etag);
  if (early !== undefined) return early;
  const key = publicKey(openMaterial(existingKey(call, path).material));
  if (key === undefined) return refuse(400, 'No public key available');
  return { status: 200, headers: { etag }, body: key.export({ type: 'spki', format: 'pem' }) as string };
}

async function csr(call: Call): Promise<Answer> {
  const open = openMaterial(existingKey(call, pathOf(call)).material);
  const subject = await readSubject(call);
  if (open.type === 'Generic') refuse(400, 'Generic keys have no signing request');
  return { status: 200, body: makeRequest(open, subject) };
}

function getCertificate(call: Call): Answer {
  const path = pathOf(call);
  const etag = etagOfKey(call, path);
  const early = condition(call, etag);
  if (early !== undefined) return early;
  const { certificate } = existingKey(call, path);
  if (certificate === undefined) return empty(404, { etag });
  return { status: 200, type: certificate.type, headers: { etag }, body: certificate.data };
}

const putCertificate = changing(async (call, path) => {
  expectType(call, CERTIFICATE_TYPE);
  const data = await readBody(call);
  const key = existingKey(call, path);
  if (key.certificate !== undefined) refuse(409, 'Key already contains a certificate');
  if (data.length > 1024 * 1024) refuse(413);
  saveKey(call.node, path, { ...key, certificate: { type: CERTIFICATE_TYPE, data } });
  return empty(201);
});

const deleteCertificate = changing((call, path) => {
  const key = existingKey(call, path);
  if (key.certificate === undefined) refuse(404, 'There is no certificate for this KeyID.');
  saveKey(call.node, path, { ...key, certificate: undefined });
  return empty(204);
});

const putTag = changing((call, path) => {
  const key = existingKey(call, path);
  const tag = checkId(call.parameters[1] as string);
  if (key.tags.includes(tag)) return empty(304);
  saveKey(call.node, path, { ...key, tags: [...key.tags, tag] });
  return empty(204);
});

const deleteTag = changing((call, path) => {
  const key = existingKey(call, path);
  const tag = call.parameters[1] as string;
  if (!key.tags.includes(tag)) refuse(404);
  saveKey(call.node, path, { ...key, tags: key.tags.filter((other) => other !== tag) });
  return empty(204);
});

const putLabel = changing(async (call, path) => {
  const body = (await readObject(call, 'Json.label_req').catch(() => ({}))) as Record<string, unknown>;
  if (typeof body.label !== 'string') return refuse(400, 'Json.label_req');
  const label = readLabel(body.label);
  saveKey(call.node, path, { ...existingKey(call, path), label });
  return empty(204);
});

const deleteLabel = changing((call, path) => {
  const key = existingKey(call, path);
  if (key.label !== undefined) saveKey(call.node, path, { ...key, label: undefined });
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
  call.node.uses.set(to, call.node.uses.get(path) ?? 0);
  call.node.uses.delete(path);
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
  {
    path: /^\/keys\/([^/]+)\/public\.pem$/,
    type: 'application/x-pem-file',
    states,
    methods: { GET: { ...reader, run: publicPem } },
  },
  {
    path: /^\/keys\/([^/]+)\/csr\.pem$/,
    type: 'application/x-pem-file',
    states,
    methods: { POST: { ...reader, run: csr } },
  },
  {
    path: /^\/keys\/([^/]+)\/cert$/,
    type: CERTIFICATE_TYPE,
    states,
    methods: {
      GET: { ...reader, run: getCertificate },
      PUT: { ...writer, run: putCertificate },
      DELETE: { ...writer, run: deleteCertificate },
    },
  },
  {
    path: /^\/keys\/([^/]+)\/restrictions\/tags\/([^/]+)$/,
    states,
    methods: { PUT: { ...writer, run: putTag }, DELETE: { ...writer, run: deleteTag } },
  },
  {
    path: /^\/keys\/([^/]+)\/label$/,
    states,
    methods: { PUT: { ...writer, run: putLabel }, DELETE: { ...writer, run: deleteLabel } },
  },
  { path: /^\/keys\/([^/]+)\/move$/, states, methods: { POST: { ...writer, run: move } } },
];
