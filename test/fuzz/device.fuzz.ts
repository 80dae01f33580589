import assert from 'node:assert/strict';
import fc from 'fast-check';
import { downloadBackup } from '../../core/device/backup.ts';
import { getTime, getTlsPublicKey, setBackupPassphrase } from '../../core/device/config.ts';
import { connectDevice } from '../../core/device/device.ts';
import { isReady, readState } from '../../core/device/health.ts';
import { systemInfo } from '../../core/device/info.ts';
import {
  deleteKey,
  generateKey,
  getCertificate,
  getKey,
  importKey,
  listKeys,
  putTag,
  sign,
} from '../../core/device/keys.ts';
import { readMetrics } from '../../core/device/metrics.ts';
import { listNamespaces } from '../../core/device/namespaces.ts';
import type { DeviceNode } from '../../core/device/node.ts';
import { forgetRefusals } from '../../core/device/passphrase-guard.ts';
import { brandRestoreBody, postRestore } from '../../core/device/restore.ts';
import { unlock } from '../../core/device/unlock.ts';
import { createUser, getUser, listUsers, listUserTags } from '../../core/device/users.ts';
import type { Fuzzer } from './fuzzer.ts';
import { type HostileServer, startHostileServer } from './hostile-server.ts';
import { assertFitToTell, assertSecretFree, BASIC, CREDENTIAL, hostileText, SECRET } from './hostile-text.ts';

const LIMITS = { connect: 5000, headers: 300, idle: 300, overall: 3000, restoreAnswer: 300, restoreClose: 100 };
const SIZES = { answerBytes: 100_000, listingBytes: 1_000_000 };
/** No case may take longer, ms: the limits with their repetitions, on a busy machine. */
const PATIENCE = 20_000;

const OTHER = { user: 'other', passphrase: 'other-passphrase' };

type Ask = (node: DeviceNode) => Promise<unknown>;
const asked = <const T extends Record<string, Ask>>(calls: T): Record<keyof T, Ask> => calls;

/** What is asked again by itself when an answer is missing or the device is busy. */
const READS = asked({
  listKeys: (node) => listKeys(node, CREDENTIAL),
  listByPrefix: (node) => listKeys(node, CREDENTIAL, { prefix: 'k' }),
  getKey: (node) => getKey(node, CREDENTIAL, 'k1'),
  getCertificate: (node) => getCertificate(node, CREDENTIAL, 'k1'),
  systemInfo: (node) => systemInfo(node, CREDENTIAL),
  metrics: (node) => readMetrics(node, CREDENTIAL),
  state: (node) => readState(node),
  ready: (node) => isReady(node),
  listUsers: (node) => listUsers(node, CREDENTIAL),
  getUser: (node) => getUser(node, CREDENTIAL, 'u1'),
  userTags: (node) => listUserTags(node, CREDENTIAL, 'u1'),
  listNamespaces: (node) => listNamespaces(node, CREDENTIAL),
  time: (node) => getTime(node, CREDENTIAL),
  tls: (node) => getTlsPublicKey(node, CREDENTIAL),
});

/** What is sent once. */
const OTHERS = asked({
  generateKey: (node) => generateKey(node, CREDENTIAL, { type: 'RSA', mechanisms: [] }),
  importKey: (node) => importKey(node, OTHER, 'k1', Buffer.from(`{"private":"${SECRET}"}`)),
  sign: (node) => sign(node, CREDENTIAL, 'k1', { mode: 'EdDSA', message: Buffer.from('m') }),
  putTag: (node) => putTag(node, CREDENTIAL, 'k1', 't'),
  deleteKey: (node) => deleteKey(node, CREDENTIAL, 'k1'),
  createUser: (node) =>
    createUser(node, OTHER, 'u1', {
      realName: 'U',
      role: 'Operator',
      passphrase: SECRET,
    }),
  backupPassphrase: (node) => setBackupPassphrase(node, CREDENTIAL, { current: SECRET, next: `${SECRET}2` }),
  unlock: (node) => unlock(node, SECRET),
  restore: (node) =>
    postRestore(node, CREDENTIAL, brandRestoreBody({ kind: 'append', arguments: '{}', file: Buffer.from('x') })),
  async backup(node) {
    let bytes = 0;
    for await (const chunk of downloadBackup(node, CREDENTIAL)) bytes += chunk.length;
    return bytes;
  },
});

/** Values of the right names and of any kind. */
const anything: fc.Arbitrary<unknown> = fc.oneof(hostileText, fc.jsonValue({ maxDepth: 3 }), fc.double());
const element = fc.dictionary(fc.constantFrom('id', 'user', 'x'), fc.oneof(fc.constantFrom('k1', 'u1'), anything));
const json = fc
  .oneof(
    fc.dictionary(
      fc.constantFrom(
        ...['message', 'state', 'type', 'mechanisms', 'public', 'restrictions', 'label', 'operations', 'id', 'time'],
        ...['softwareVersion', 'deviceId', 'kv write', 'uptime', 'realName', 'role', 'signature', 'data', 'tags'],
      ),
      fc.oneof(fc.constantFrom('Operational', 'Locked', 'Operator', '12', 3, [], {}), anything),
    ),
    fc.array(element, { maxLength: 5 }),
    anything,
  )
  .map((value) => Buffer.from(JSON.stringify(value)));

const nested = fc
  .tuple(fc.constantFrom('[', '{"id":', '{"message":['), fc.constantFrom(10, 5000, 60_000))
  .map(([open, depth]) => Buffer.from(open.repeat(depth)));
const large = fc
  .tuple(
    fc.constantFrom('{"id":"k1"},', '{"user":"u~1"} ', '[', ' ', 'x', '\u0000'),
    fc.constantFrom(200_000, 3_000_000),
  )
  .map(([unit, bytes]) => Buffer.from(`[${unit.repeat(bytes / unit.length)}`));
const body = fc.oneof(
  { weight: 200, arbitrary: json },
  { weight: 60, arbitrary: hostileText.map((text) => Buffer.from(text)) },
  { weight: 30, arbitrary: fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 10, arbitrary: json.map((bytes) => Buffer.from(`\ufeff${bytes}`, 'utf16le')) },
  { weight: 8, arbitrary: nested },
  { weight: 1, arbitrary: large },
);

const headerValue = fc.oneof(
  fc.constantFrom('"e1"', '', '*', 'W/"x"', '"\u0001"', 'é', `Basic ${BASIC}`, 'x'.repeat(300), 'x'.repeat(40_000)),
  fc.string({ maxLength: 12 }),
);
const header = fc.oneof(
  fc.tuple(fc.constantFrom('etag', 'location', 'set-cookie', 'x-odd', 'www-authenticate'), headerValue),
  fc.tuple(
    fc.constant('content-type'),
    fc.constantFrom('application/json', 'text/html', 'text/plain', '\u202e', 'x'.repeat(500)),
  ),
  fc.tuple(
    fc.constantFrom('content-length', 'transfer-encoding', 'content-encoding', 'connection', 'upgrade'),
    fc.constantFrom('0', '5', '-6', '99999999999999999999', 'chunked', 'gzip', 'gzip, chunked', 'h2c', 'keep-alive'),
  ),
);
const status = fc.constantFrom(
  ...[200, 200, 200, 200, 201, 204, 304, 400, 400, 401, 403, 404, 409, 412, 412, 500, 301, 302, 307, 308],
  ...['100', '101', '099', '418', '502', '504', '599', '999', '1000', '2e2', '', '-1'],
);
const line = fc.oneof(
  { weight: 60, arbitrary: status.map((code) => `HTTP/1.1 ${code} X\r\n`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'HTTP/1.0 200\r\n',
      'HTTP/2 200 OK\r\n',
      'SSH-2.0-x\r\n',
      '\r\n',
      'HTTP/1.1 100 X\r\n\r\n',
    ),
  },
);
const framing = fc.oneof(
  { weight: 5, arbitrary: fc.constant('length' as const) },
  { weight: 2, arbitrary: fc.constantFrom('chunked' as const, 'odd chunks' as const, 'none' as const) },
);

const answer = fc.record({
  line,
  headers: fc.array(header, { maxLength: 3 }),
  framing,
  chunkSize: fc.constantFrom('-6', '0x5', 'fffffffffffffffff', '', '5;x=y', 'g'),
  body,
  cut: fc.option(fc.nat(200), { freq: 12, nil: undefined }),
  pieces: fc.integer({ min: 1, max: 3 }),
});

type AnswerParts = typeof answer extends fc.Arbitrary<infer A> ? A : never;

function bytesOf({ line, headers, framing, chunkSize, body, cut }: AnswerParts): Buffer {
  const own = {
    length: [['content-length', String(body.length)]],
    none: [],
    chunked: [['transfer-encoding', 'chunked']],
    'odd chunks': [['transfer-encoding', 'chunked']],
  }[framing];
  const head = `${line + [...headers, ...own].map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  const size = framing === 'chunked' ? body.length.toString(16) : chunkSize;
  const framed = framing === 'chunked' || framing === 'odd chunks' ? [`${size}\r\n`, body, '\r\n0\r\n\r\n'] : [body];
  const whole = Buffer.concat([Buffer.from(head, 'latin1'), ...framed.map((part) => Buffer.from(part as string))]);
  return cut === undefined ? whole : whole.subarray(0, Math.max(0, whole.length - cut));
}

const leaves = fc.oneof(
  { weight: 400, arbitrary: fc.constant('closes' as const) },
  { weight: 20, arbitrary: fc.constant('resets' as const) },
  { weight: 1, arbitrary: fc.constant('stays' as const) },
);
const asItIs = (one: AnswerParts) => ({ ...one, cut: undefined, framing: 'length' as const });
/** Reads are repeated after a pause when the connection breaks or the device is busy: those answers go to the others. */
const exchange = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      call: fc.constantFrom(...Object.values(READS)),
      answer: answer.filter(({ line }) => !/ 1\d\d /.test(line)).map(asItIs),
      leaves: fc.constant('closes' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ call: fc.constantFrom(...Object.values(OTHERS)), answer, leaves }) },
);

let hostile: Promise<{ server: HostileServer; node: DeviceNode }> | undefined;

async function connect() {
  const server = await startHostileServer();
  const config = { name: 'oslo', nodes: [{ url: server.url, tls: { kind: 'system' as const } }] };
  const device = connectDevice(config, { known: { check: () => 'known' }, limits: { ...LIMITS, ...SIZES } });
  return { server, node: device.nodes[0] as DeviceNode };
}

/** Whatever a device answers: a checked value of bounded size, or a Problem that is fit to be told; in time. */
export const deviceFuzzer: Fuzzer = {
  name: 'device answers',
  property: fc.asyncProperty(exchange, async ({ call, answer, leaves }) => {
    hostile ??= connect();
    const { server, node } = await hostile;
    server.answer = { bytes: bytesOf(answer), pieces: answer.pieces, leaves };
    const started = performance.now();
    try {
      const value = await call(node);
      assert.ok(JSON.stringify(value ?? '').length < 4 * SIZES.listingBytes, 'the value is bounded');
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      assertFitToTell(error, 'oslo');
      assertSecretFree(error);
    } finally {
      forgetRefusals(new URL(server.url).origin);
    }
    assert.ok(performance.now() - started < PATIENCE, 'it ends in time');
  }),
};
