import { type Answer, empty, refuse } from '../answer.ts';
import { type Call, expectType, readBody, readObject } from '../call.ts';
import { condition } from '../conditions.ts';
import { checkId } from '../ids.ts';
import { changing } from '../keys/changing.ts';
import { readLabel } from '../keys/request.ts';
import { etagOfKey, existingKey, pathOf, saveKey } from '../keys/stored.ts';
import { ADMINISTRATOR, OPERATIONAL, type Route } from '../route.ts';

const CERTIFICATE_TYPE = 'application/octet-stream';

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

const writer = { roles: ADMINISTRATOR, writes: true };
const reader = { roles: ['Administrator', 'Operator'] as const };
const states = OPERATIONAL;

/** What can be changed of a key: certificate, tags, label. */
export const KEY_PARTS: readonly Route[] = [
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
];
