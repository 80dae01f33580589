/** Replays a recording against practice devices over real HTTP, and compares. */
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { type PracticeDevice, startPracticeDevice } from '../../practice/index.ts';
import { buildFile } from './files.ts';
import type { RecordedPart, Recording, Step } from './recording.ts';

/** What the devices' clock advances by at a step: a little, and a second for each passphrase that is derived. */
const STEP_MS = 100;
const DERIVED_MS = 1000;

const HEADERS = ['content-type', 'location', 'etag', 'www-authenticate'];

interface Got {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** The devices of one scenario and what was seen of them. */
interface Stage {
  devices: Record<'A' | 'B', PracticeDevice>;
  clock: { now: number };
  backups: Map<string, Buffer>;
  etags: Map<string, string>;
  file: Buffer;
}

/** Replays a whole scenario; throws at the first step that differs. */
export async function replay(recording: Recording): Promise<number> {
  const clock = { now: Date.UTC(2026, 10, 24, 8) };
  const start = (deviceId: string) => startPracticeDevice({ deviceId, now: () => clock.now });
  const devices = { A: await start('devA'), B: await start('devB') };
  const stage: Stage = { devices, clock, backups: new Map(), etags: new Map(), file: Buffer.alloc(0) };
  try {
    for (const [index, step] of recording.steps.entries()) {
      const got = await send(stage, step);
      const where = `${recording.name}, step ${index} (${step.name ?? `${step.request.method} ${step.request.path}`})`;
      compare(step, got, where);
    }
    return recording.steps.length;
  } finally {
    await Promise.all([devices.A.close(), devices.B.close()]);
  }
}

async function send(stage: Stage, step: Step): Promise<Got> {
  const { request } = step;
  stage.clock.now += request.waitMs ?? 0;
  const { body, type } = await bodyOf(stage, step);
  const headers: Record<string, string> = {};
  if (request.auth !== undefined) headers.authorization = `Basic ${Buffer.from(request.auth).toString('base64')}`;
  if (type !== undefined) headers['content-type'] = type;
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    headers[name] = value.startsWith('(etag') ? (stage.etags.get(`${step.server}${request.path}`) ?? '"none"') : value;
  }
  const got = await exchange(stage.devices[step.server].url + request.path, request.method, headers, body);
  if (got.headers.etag !== undefined) stage.etags.set(`${step.server}${request.path}`, got.headers.etag);
  if (step.name !== undefined && /^b[AB]\d*$/.test(step.name)) stage.backups.set(step.name, got.body);
  stage.clock.now += STEP_MS + (derives(step) ? DERIVED_MS : 0);
  return got;
}

const derives = ({ request }: Step): boolean =>
  /\/(provision|unlock)$|-passphrase$/.test(request.path) ||
  (request.multipart?.[0]?.text?.includes('backupPassphrase') ?? false);

async function bodyOf(stage: Stage, { request }: Step): Promise<{ body: Buffer; type?: string }> {
  if (request.json !== undefined) return { body: Buffer.from(JSON.stringify(request.json)), type: 'application/json' };
  if (request.text !== undefined) return { body: Buffer.from(request.text), type: 'application/octet-stream' };
  if (request.multipart === undefined) return { body: Buffer.alloc(0) };
  const file = request.from === undefined ? undefined : await buildFile(request.from, stage.backups, stage.file);
  // A spoiled copy is not what a later "the same" means.
  if (file !== undefined && !request.from?.startsWith('the same with')) stage.file = file;
  return { body: multipart(request.multipart, file), type: 'multipart/form-data; boundary=frontier' };
}

/** A multipart body as clients write it. */
export function multipart(parts: readonly RecordedPart[], file: Buffer | undefined): Buffer {
  const pieces = parts.flatMap((part) => {
    const name = part.file === undefined ? `name="${part.name}"` : `name="${part.name}"; filename="backup"`;
    const head = `--frontier\r\ncontent-disposition: form-data; ${name}\r\ncontent-type: ${part.type}\r\n\r\n`;
    const content = part.file === undefined ? Buffer.from(part.text ?? '') : (file ?? Buffer.from(part.file));
    return [Buffer.from(head), content, Buffer.from('\r\n')];
  });
  return Buffer.concat([...pieces, Buffer.from('--frontier--\r\n')]);
}

function exchange(url: string, method: string, headers: Record<string, string>, body: Buffer): Promise<Got> {
  const { promise, resolve, reject } = Promise.withResolvers<Got>();
  const sent = body.length > 0 ? { ...headers, 'content-length': String(body.length) } : headers;
  const outgoing = httpRequest(url, { method, headers: sent }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('error', reject);
    response.on('end', () => {
      const kept = HEADERS.flatMap((name) => {
        const value = response.headers[name];
        return value === undefined ? [] : [[name, String(value)]];
      });
      resolve({
        status: response.statusCode ?? 0,
        headers: Object.fromEntries(kept) as Record<string, string>,
        body: Buffer.concat(chunks),
      });
    });
  });
  outgoing.on('error', reject);
  outgoing.end(body);
  return promise;
}

/**
 * What two backups of the same content may differ by, in bytes. Each user's salt and digest are random and stand escaped
 * in JSON: with a few users the difference has a standard deviation of some 35, and 100 came once in thirty backups.
 */
const SALTS = 250;

/** The real server's garbage collection is its own (see the recordings' notes). */
const NOT_IMITATED = /^gc /;

function compare({ response, volatile = [] }: Step, got: Got, where: string): void {
  const text = got.body.toString();
  assert.equal(got.status, response.status, `${where}: status; body ${text.slice(0, 200)}`);
  const differs = differences(response.headers, got.headers, volatile, '/headers');
  if (response.json !== undefined) {
    assert.notEqual(text, '', `${where}: no JSON`);
    differs.push(...differences(imitated(response.json), JSON.parse(text), volatile, '/json'));
  } else if (response.text !== undefined) differs.push(...differences(response.text, text, volatile, '/text'));
  else if (response.bytes === undefined) differs.push(...differences('', text, [], '/text'));
  else if (Math.abs(got.body.length - response.bytes) > SALTS) differs.push(`${got.body.length} bytes`);
  assert.deepEqual(differs, [], where);
}

function imitated(json: unknown): unknown {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return json;
  return Object.fromEntries(Object.entries(json).filter(([name]) => !NOT_IMITATED.test(name)));
}

/** Where two values differ; at volatile places only their shapes count. Objects have the same members in any order. */
function differences(wanted: unknown, got: unknown, volatile: readonly string[], at: string): string[] {
  const same = volatile.includes(at) ? shape(wanted) === shape(got) : Object.is(wanted, got);
  if (same) return [];
  const both = [wanted, got];
  if (!both.every((value) => typeof value === 'object' && value !== null) || volatile.includes(at)) {
    return [`${at}: wanted ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`];
  }
  if (Array.isArray(wanted) && Array.isArray(got)) {
    const random = wanted.flatMap((_, i) => volatile.filter((pointer) => pointer.startsWith(`${at}/${i}/`)));
    if (random.length > 0) return listDifferences(wanted, got, random, at);
  }
  const [left, right] = both as [Record<string, unknown>, Record<string, unknown>];
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].flatMap((name) => differences(left[name], right[name], volatile, `${at}/${name}`));
}

/** A list in order, in which some ids are random and so stand anywhere: those are taken out, and only counted. */
function listDifferences(wanted: unknown[], got: unknown[], random: readonly string[], at: string): string[] {
  const places = random.map((pointer) => Number(pointer.slice(at.length).split('/')[1]));
  const fixed = wanted.filter((_, i) => !places.includes(i));
  const names = new Set(fixed.map((item) => JSON.stringify(item)));
  const others = got.filter((item) => !names.has(JSON.stringify(item)));
  const [first] = places.map((i) => wanted[i] as { id: string });
  const odd = others.filter((item) => shape((item as { id: string }).id) !== shape(first?.id));
  if (others.length !== places.length || odd.length > 0) return [`${at}: ${JSON.stringify(others)} besides the fixed`];
  return differences(
    fixed,
    got.filter((item) => names.has(JSON.stringify(item))),
    [],
    at,
  );
}

/** What stays the same of a volatile value: its kind, and the length where that is fixed. */
function shape(value: unknown): string {
  if (typeof value !== 'string') return typeof value;
  if (/^[\d.]+(e-\d+)?$/.test(value)) return 'number';
  const pem = /^-----BEGIN ([A-Z ]+)-----\n([A-Za-z0-9+/=\n]+)-----END \1-----\n$/.exec(value);
  if (pem !== null) return `PEM ${pem[1]}`;
  if (/^"[0-9a-f]+"$/.test(value)) return `etag ${value.length}`;
  const time = /^(\d{4}-\d\d-\d\dT\d\d:\d\d):\d\dZ$/.exec(value);
  if (time !== null) return `time ${time[1]}`;
  const id = /^(.*\/)?(ns1~)?[0-9a-f]{20}$/.exec(value);
  if (id !== null) return `${id[1] ?? ''}${id[2] ?? ''}id`;
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(value)) return signatureShape(Buffer.from(value, 'base64'));
  return 'text';
}

/** A DER signature is up to two bytes longer or shorter from one time to the next. */
const signatureShape = (bytes: Buffer): string =>
  bytes[0] === 0x30 && bytes[1] === bytes.length - 2 ? 'signature' : `base64 of ${bytes.length}`;
