import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { downloadBackup } from '../../core/device/backup.ts';
import { getTime, getTlsCertificate, getTlsPublicKey, setBackupPassphrase } from '../../core/device/config.ts';
import { isReady, readState } from '../../core/device/health.ts';
import { systemInfo } from '../../core/device/info.ts';
import * as keys from '../../core/device/keys.ts';
import { readMetrics } from '../../core/device/metrics.ts';
import { createNamespace, listNamespaces } from '../../core/device/namespaces.ts';
import type { Credential, DeviceNode } from '../../core/device/node.ts';
import { forgetRefusals } from '../../core/device/passphrase-guard.ts';
import { brandRestoreBody, postRestore } from '../../core/device/restore.ts';
import { unlock } from '../../core/device/unlock.ts';
import * as users from '../../core/device/users.ts';
import { whyNoId } from '../../core/names.ts';
import { isProblem, Problem } from '../../core/problem.ts';
import { type Connected, connect, startServer, type TestServer } from './support.ts';

const FOLDER = new URL('../conformance/recordings/', import.meta.url);

/** Whatever a recording holds. */
type Json = ReturnType<typeof JSON.parse>;

interface Step {
  request: {
    method: string;
    path: string;
    auth?: string;
    headers?: Record<string, string>;
    json?: Json;
    text?: string;
    multipart?: { name: string; type: string; text?: string }[];
    from?: string;
  };
  response: { status: number; headers: Record<string, string>; json?: Json; text?: string; bytes?: number };
}

/** Steps that were asked, of 674. */
let total = 0;
let server: TestServer;
let client: Connected;
let playing: Step;
/** Later answers to the same request, for a step whose request is repeated. */
let next: Step | undefined;

before(async () => {
  server = await startServer((seen, response) => {
    if (seen.path === '/api/v1/health/state' && playing.request.path !== '/health/state') {
      // The look-up after a 412: any state will do, the kinds of all of them are tested elsewhere.
      response.end('{"state":"Locked"}');
      return;
    }
    const { status, headers, json, text, bytes } = playing.response;
    if (next !== undefined) playing = next;
    response.writeHead(status, headers);
    if (json !== undefined) response.end(JSON.stringify(json));
    else response.end(text ?? (bytes === undefined ? undefined : Buffer.alloc(bytes, 7)));
  });
  client = connect(server.url);
});
after(async () => {
  await client.device.close();
  await server.close();
});

const nobody: Credential = { user: 'nobody', passphrase: '' };

/** What a step asks for, by the client's functions; undefined for what the client can't ask. */
function ask(node: DeviceNode, { request }: Step): (() => Promise<unknown>) | undefined {
  const { method, path, auth = '', json = {} } = request;
  if ('accept' in (request.headers ?? {}) || 'authorization' in (request.headers ?? {})) return undefined;
  const [user, passphrase] = auth.split(':') as [string, string];
  const who = auth === '' ? nobody : { user, passphrase };
  const parts = path.slice(1).split('/').map(decodeURIComponent);
  const [, id = '', third, fourth, fifth = ''] = parts as [string, ...string[]];
  const ifMatch = request.headers?.['if-match'];
  const options = { ...(ifMatch && { ifMatch }) };
  const body = json;
  const many: Record<string, () => Promise<unknown>> = {
    'GET /health/state': () => readState(node),
    'GET /health/ready': () => isReady(node),
    'GET /system/info': () => systemInfo(node, who),
    'GET /metrics': () => readMetrics(node, who),
    'GET /keys': () => keys.listKeys(node, who),
    'GET /users': () => users.listUsers(node, who),
    'GET /namespaces': () => listNamespaces(node, who),
    'GET /config/time': () => getTime(node, who),
    'GET /config/tls/public.pem': () => getTlsPublicKey(node, who),
    'GET /config/tls/cert.pem': () => getTlsCertificate(node, who),
    'POST /unlock': () => unlock(node, body.passphrase),
    'POST /keys/generate': () => {
      const { restrictions, ...content } = body as { restrictions?: { tags: string[] } };
      return keys.generateKey(node, who, { ...(content as never as keys.NewKey), tags: restrictions?.tags });
    },
    'PUT /config/backup-passphrase': () =>
      setBackupPassphrase(node, who, { current: body.currentPassphrase, next: body.newPassphrase }),
    'POST /system/backup': async () => Buffer.concat(await fromAsync(downloadBackup(node, who))).length,
    'POST /system/restore': () => restore(node, auth === '' ? undefined : who, request),
  };
  const exact = many[`${method} ${path}`];
  if (exact !== undefined) return request.text === undefined ? exact : undefined;
  const one: Record<string, () => Promise<unknown>> = {
    'GET keys': () =>
      id.endsWith('*') ? keys.listKeys(node, who, { prefix: id.slice(0, -1) }) : keys.getKey(node, who, id),
    'PUT keys': () => keys.createKey(node, who, id, body),
    'DELETE keys': () => keys.deleteKey(node, who, id, options),
    'POST keys sign': () => keys.sign(node, who, id, { mode: body.mode, message: Buffer.from(body.message, 'base64') }),
    'GET keys cert': () => keys.getCertificate(node, who, id),
    'PUT keys cert': () =>
      keys.putCertificate(
        node,
        who,
        id,
        { contentType: 'application/octet-stream', data: Buffer.from(request.text ?? '') },
        options,
      ),
    'DELETE keys cert': () => keys.deleteCertificate(node, who, id, options),
    'PUT keys label': () => keys.putLabel(node, who, id, body.label, options),
    'DELETE keys label': () => keys.deleteLabel(node, who, id, options),
    'PUT keys restrictions tags': () => keys.putTag(node, who, id, fifth, options),
    'DELETE keys restrictions tags': () => keys.deleteTag(node, who, id, fifth, options),
    'GET users': () => users.getUser(node, who, id),
    'PUT users': () => users.createUser(node, who, id, body),
    'DELETE users': () => users.deleteUser(node, who, id),
    'POST users passphrase': () => users.setUserPassphrase(node, who, id, body.passphrase),
    'GET users tags': () => users.listUserTags(node, who, id),
    'PUT users tags': () => users.putUserTag(node, who, id, fourth ?? ''),
    'DELETE users tags': () => users.deleteUserTag(node, who, id, fourth ?? ''),
    'PUT namespaces': () => createNamespace(node, who, id),
  };
  const shape = [method, parts[0], third, ...(fifth === '' ? [] : [fourth])]
    .filter((part) => part !== undefined)
    .join(' ');
  return isOurs(request, parts) ? one[shape] : undefined;
}

/** Whether the client would send this at all: no query, no key without content, no odd content type, no method of its own. */
function isOurs({ path, method, text, json, headers }: Step['request'], parts: string[]): boolean {
  if (path.includes('?') || path === '/Keys' || parts.length < 2 || parts[1] === '' || parts[2] === 'public.pem')
    return false;
  if (headers?.['if-none-match'] && method === 'GET') return false;
  if (
    method === 'PUT' &&
    parts[0] === 'keys' &&
    parts.length === 2 &&
    (text !== undefined || !('private' in (json ?? {})))
  )
    return false;
  if (json?.extra !== undefined) return false;
  if (parts[2] === 'label' && method === 'PUT' && typeof json === 'string') return false;
  return !(parts[2] === 'sign' && json !== undefined && !/^[A-Za-z0-9+/=]*$/.test(json.message));
}

/** Fixed bytes stand for the file: what the device makes of a file is no matter of the client. */
function restore(node: DeviceNode, who: Credential | undefined, request: Step['request']): Promise<unknown> {
  const [args] = request.multipart ?? [];
  const text = args?.text ?? '';
  const file = Buffer.from('the file');
  const body =
    text === '{}'
      ? brandRestoreBody({ kind: 'append', arguments: text, file })
      : brandRestoreBody({ kind: 'whole', arguments: text, file: () => Readable.from([file]), length: file.length });
  return postRestore(node, who, body);
}

async function fromAsync<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Which kind of Problem a refused step is; undefined for a step that is no refusal. */
function wantedKind({ request, response }: Step): string | undefined {
  const { status, json } = response;
  const message = json?.message ?? '';
  if (status < 300 || status === 304) return undefined;
  if (request.path === '/health/ready' || (/\/cert$/.test(request.path) && request.method === 'GET')) return undefined;
  if (request.path === '/system/restore' && status === 400) return undefined;
  switch (status) {
    case 400:
      return message.endsWith('already exists') ? 'exists' : 'invalid';
    case 403:
      return message.endsWith('passphrase is incorrect.') || message === 'not authenticated'
        ? 'unauthorised'
        : 'forbidden';
    case 412:
      if (message === 'Service not available') return 'locked';
      return request.method === 'PUT' && /^\/keys\/[^/]+$/.test(request.path) ? 'exists' : 'precondition';
    default:
      return {
        401: 'unauthorised',
        404: 'not-found',
        405: 'unexpected',
        409: 'exists',
        429: 'throttled',
        500: message.startsWith('Could not read from database') ? 'unreadable' : 'unexpected',
      }[status];
  }
}

/** What the client should make of an answer. */
function wantedValue({ request, response }: Step): unknown {
  const { json, text, status, headers, bytes } = response;
  const { method, path } = request;
  const [resource, , third] = path.slice(1).split('/');
  if (path === '/health/ready') return status === 200;
  if (path === '/system/backup') return bytes;
  if (path === '/system/restore') return { status, ...(json && { message: json.message }) };
  if (path.endsWith('.pem')) return text;
  if (path.endsWith('/sign')) return Buffer.from(json.signature, 'base64');
  if (method === 'POST' && path === '/keys/generate') return json?.id;
  if (method !== 'GET') return undefined;
  if (path === '/health/state') return json?.state;
  if (path === '/config/time') return new Date(json.time);
  if (path === '/metrics') return { kvWrite: Number(json?.['kv write']), uptime: Number(json?.uptime) };
  if (path === '/system/info') {
    const { softwareVersion, softwareBuild, firmwareVersion, hardwareVersion, deviceId } = json as Record<
      string,
      never
    >;
    return { softwareVersion, softwareBuild, firmwareVersion, hardwareVersion, deviceId };
  }
  if (third === 'cert') {
    return status === 404
      ? undefined
      : { contentType: headers['content-type'], data: Buffer.from(text as string), etag: headers.etag };
  }
  if (Array.isArray(json))
    return third === 'tags' ? json : json.map((item: Record<string, string>) => item.id ?? item.user);
  if (resource === 'users') return json;
  const { restrictions, ...facts } = json;
  return { facts: { ...facts, tags: restrictions?.tags ?? [] }, etag: headers.etag };
}

/** Whether an id in the path is one that the client refuses by itself. */
const hasOddId = ({ path, json }: Step['request']): boolean =>
  path
    .slice(1)
    .split('/')
    .slice(1, 2)
    .flatMap((id) =>
      decodeURIComponent(id)
        .replace(/\*$/, '')
        .split(path.startsWith('/users') ? '~' : '\n'),
    )
    .some((id) => whyNoId(id) !== undefined) && json !== null;

function checkSent(step: Step): void {
  const { method, path, auth, headers, json, text, multipart } = step.request;
  const sent = server.seen.filter((seen) => seen.path !== '/api/v1/health/state' || path === '/health/state');
  assert.ok(sent.length > 0, 'nothing was sent');
  for (const seen of sent) {
    assert.equal(seen.method, method);
    assert.equal(seen.path, `/api/v1${path}`);
    const wanted = auth ?? (needsLogin(path) ? 'nobody:' : undefined);
    assert.equal(seen.headers.authorization, wanted && `Basic ${Buffer.from(wanted).toString('base64')}`);
    assert.equal(seen.headers['if-match'], headers?.['if-match']);
    const creates = method === 'PUT' && /^\/keys\/[^/]+$/.test(path);
    assert.equal(seen.headers['if-none-match'], creates ? '*' : undefined);
    if (multipart) checkMultipart(seen.body.toString(), seen.headers['content-type'] ?? '', multipart);
    else if (json !== undefined) {
      assert.deepEqual(JSON.parse(seen.body.toString()), json);
      assert.equal(seen.headers['content-type'], 'application/json');
    } else assert.equal(seen.body.toString(), text ?? '');
  }
}

const needsLogin = (path: string): boolean => !/^\/(health\/|unlock$|system\/restore$)/.test(path);

function checkMultipart(body: string, type: string, parts: NonNullable<Step['request']['multipart']>): void {
  const boundary = /^multipart\/form-data; boundary=(.+)$/.exec(type)?.[1] ?? '';
  const sent = body.split(`--${boundary}`);
  assert.equal(sent.shift(), '');
  assert.equal(sent.pop(), '--\r\n');
  assert.equal(sent.length, parts.length);
  for (const [i, part] of parts.entries()) {
    const [head = '', content] = (sent[i] ?? '').split('\r\n\r\n');
    assert.ok(head.includes(`name="${part.name}"`) && head.includes(`Content-Type: ${part.type}`), head);
    assert.equal(content, `${part.text ?? 'the file'}\r\n`);
  }
}

for (const file of readdirSync(FOLDER).sort()) {
  const { steps } = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as { steps: Step[] };
  test(`${file}: the client asks as recorded and understands the answers`, async () => {
    let covered = 0;
    for (const [i, step] of steps.entries()) {
      const asked = ask(client.node, step);
      if (asked === undefined) continue;
      covered++;
      server.seen.length = 0;
      playing = step;
      next = step.response.status === 429 ? steps[i + 1] : undefined;
      forgetRefusals(server.origin);
      const outcome = await asked().catch((error: unknown) => {
        if (isProblem(error)) return error;
        throw error;
      });
      const where = `step ${i}: ${step.request.method} ${step.request.path}: ${String(outcome)}`;
      if (hasOddId(step.request) && isProblem(outcome, 'invalid') && server.seen.length === 0) continue;
      const kind = next === undefined ? wantedKind(step) : undefined;
      if (kind === undefined) assert.deepEqual(outcome, wantedValue(next ?? step), where);
      else assert.equal(outcome instanceof Problem ? outcome.kind : outcome, kind, where);
      checkSent(step);
    }
    total += covered;
    assert.ok(covered * 3 > steps.length, `only ${covered} of ${steps.length} steps are covered`);
  });
}

test('nearly all recorded steps are covered', () => {
  assert.ok(total > 500, `${total} steps`);
});
