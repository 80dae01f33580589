import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import { putLabel } from '../../core/device/keys.ts';
import type { Limits } from '../../core/device/limits.ts';
import { APPENDED_MESSAGE, brandRestoreBody, postRestore } from '../../core/device/restore.ts';
import { isProblem } from '../../core/problem.ts';
import { admin, type Connected, connect, fixture } from './support.ts';

const FILE = Buffer.alloc(900_000, 'sealed ');
const append = () => brandRestoreBody({ kind: 'append', arguments: '{}', file: FILE });
const ANSWER = JSON.stringify({ message: APPENDED_MESSAGE });
const answer = (status: string, body: string) =>
  `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** A server of bytes: what arrived, when, and how the other end closed. */
interface RawServer {
  client: Connected;
  bytes(): Buffer;
  connections: Socket[];
  /** `fin` when the other end closed in order, `rst` when it reset. */
  closed: Promise<'fin' | 'rst'>;
}

async function withRaw(
  limits: Partial<Limits>,
  onBytes: (socket: Socket, soFar: Buffer) => void,
  run: (server: RawServer) => Promise<void>,
): Promise<void> {
  const chunks: Buffer[] = [];
  const connections: Socket[] = [];
  const { promise: closed, resolve } = Promise.withResolvers<'fin' | 'rst'>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    connections.push(socket);
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      onBytes(socket, Buffer.concat(chunks));
    });
    socket.on('end', () => resolve('fin'));
    socket.on('error', () => resolve('rst'));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`;
  const client = connect(url, { limits: { restoreAnswer: 2000, restoreClose: 1000, ...limits } });
  try {
    await run({ client, bytes: () => Buffer.concat(chunks), connections, closed });
  } finally {
    await client.device.close();
    for (const socket of connections) socket.destroy();
    server.close();
  }
}

/** The announced length of the body, and how much of it came. */
function lengths(bytes: Buffer): { announced: number; came: number } {
  const head = bytes.indexOf('\r\n\r\n');
  const announced = Number(/content-length: (\d+)/i.exec(bytes.toString('latin1', 0, head))?.[1]);
  return { announced, came: bytes.length - head - 4 };
}

const isWhole = (bytes: Buffer): boolean => {
  const { announced, came } = lengths(bytes);
  return came >= announced;
};

test('an append goes out whole, with its length, on a connection of its own; its answer comes back as it is', () =>
  withRaw(
    {},
    (socket, bytes) => isWhole(bytes) && socket.end(answer('400 Bad Request', ANSWER)),
    async ({ client, bytes, closed, connections }) => {
      const outcome = await postRestore(client.node, admin, append());
      assert.deepEqual(outcome, { status: 400, message: APPENDED_MESSAGE });
      assert.equal(connections.length, 1);
      const { announced, came } = lengths(bytes());
      assert.equal(came, announced);
      const text = bytes().toString('latin1');
      assert.match(text, /^POST \/api\/v1\/system\/restore HTTP\/1\.1\r\n/);
      assert.match(text, /\r\nAuthorization: Basic YWRtaW46YWRtaW5hZG1pbmFkbWlu\r\n/);
      assert.doesNotMatch(text, /transfer-encoding|expect:/i);
      assert.ok(text.indexOf('name="arguments"') < text.indexOf('name="backup_file"'));
      assert.match(text, /name="arguments"\r\nContent-Type: application\/json\r\n\r\n\{\}\r\n--/);
      assert.ok(bytes().includes(FILE));
      assert.equal(await closed, 'fin');
    },
  ));

test('cancelling before the first byte sends nothing; afterwards it changes nothing', async () => {
  await withRaw(
    {},
    () => {},
    async ({ client, bytes }) => {
      await assert.rejects(postRestore(client.node, admin, append(), { signal: AbortSignal.abort() }), (error) =>
        isProblem(error, 'cancelled'),
      );
      assert.equal(bytes().length, 0);
    },
  );
  const stop = new AbortController();
  await withRaw(
    {},
    (socket, bytes) => {
      stop.abort();
      if (isWhole(bytes)) setTimeout(() => socket.end(answer('400 Bad Request', ANSWER)), 100);
    },
    async ({ client, closed }) => {
      const outcome = await postRestore(client.node, admin, append(), { signal: stop.signal });
      assert.equal(outcome.status, 400);
      assert.equal(await closed, 'fin');
    },
  );
});

test('closing the device does not cut a restore that is under way', () =>
  withRaw(
    {},
    (socket, bytes) => isWhole(bytes) && setTimeout(() => socket.end(answer('204 No Content', '')), 100),
    async ({ client, bytes, closed }) => {
      const outcome = postRestore(client.node, admin, append());
      while (!bytes().includes('name="arguments"')) await sleep(1);
      await client.device.close();
      assert.deepEqual(await outcome, { status: 204 });
      assert.equal(await closed, 'fin');
    },
  ));

test('after the time limit the connection is half-closed, never reset, and a late answer still counts', () => {
  let armed = false;
  return withRaw(
    { restoreAnswer: 80 },
    (socket) => {
      if (!armed) socket.on('end', () => setTimeout(() => socket.end(answer('400 Bad Request', ANSWER)), 50));
      armed = true;
    },
    async ({ client, closed, bytes }) => {
      const outcome = await postRestore(client.node, admin, append());
      assert.equal(outcome.message, APPENDED_MESSAGE);
      assert.equal(await closed, 'fin');
      assert.ok(isWhole(bytes()));
    },
  );
});

test('no answer at all: perhaps done, still no reset, not even when the device sends something long after', () =>
  withRaw(
    { restoreAnswer: 60, restoreClose: 60 },
    () => {},
    async ({ client, closed, connections }) => {
      await assert.rejects(postRestore(client.node, admin, append()), (error) => {
        assert.ok(isProblem(error, 'unreachable'), String(error));
        assert.match(error.reason, /perhaps it was done/);
        return true;
      });
      const [socket] = connections as [Socket];
      let reset = false;
      socket.on('error', () => {
        reset = true;
      });
      socket.write(answer('400 Bad Request', ANSWER));
      await sleep(50);
      socket.write('more');
      await sleep(50);
      assert.equal(await closed, 'fin');
      assert.equal(reset, false);
    },
  ));

test('a device that closes without an answer, or resets: perhaps done', async () => {
  for (const end of [(socket: Socket) => socket.end(), (socket: Socket) => socket.resetAndDestroy()]) {
    await withRaw(
      {},
      (socket, bytes) => isWhole(bytes) && end(socket),
      async ({ client }) => {
        await assert.rejects(postRestore(client.node, admin, append()), (error) => {
          return isProblem(error, 'unreachable') && /perhaps/.test(error.reason);
        });
      },
    );
  }
});

test('a refusal comes through at once, even when the device does not read the body', () =>
  withRaw(
    {},
    (socket) => {
      socket.pause();
      socket.write(answer('403 Forbidden', ''));
    },
    async ({ client }) => {
      const endless = Array.from({ length: 300 }, () => Buffer.alloc(100_000));
      const file = () => Readable.from(endless);
      const started = performance.now();
      const body = brandRestoreBody({ kind: 'whole', arguments: '{}', file, length: 30_000_000 });
      await assert.rejects(postRestore(client.node, admin, body), (error) => isProblem(error, 'forbidden'));
      assert.ok(performance.now() - started < 1500);
    },
  ));

test('a whole restore streams a file of known length, and a source that fails or lies ends it in order', async () => {
  const whole = (chunks: () => AsyncIterable<Buffer>, length: number) =>
    brandRestoreBody({
      kind: 'whole',
      arguments: '{"backupPassphrase":"x"}',
      file: () => Readable.from(chunks()),
      length,
    });
  async function* parts(count: number) {
    for (let i = 0; i < count; i++) yield Buffer.alloc(100_000, i);
  }
  await withRaw(
    {},
    (socket, bytes) => isWhole(bytes) && socket.end(answer('204 No Content', '')),
    async ({ client, bytes }) => {
      assert.deepEqual(
        await postRestore(
          client.node,
          undefined,
          whole(() => parts(30), 3_000_000),
        ),
        { status: 204 },
      );
      const { announced, came } = lengths(bytes());
      assert.equal(came, announced);
      assert.doesNotMatch(bytes().toString('latin1', 0, 500), /authorization/i);
    },
  );
  async function* broken() {
    yield Buffer.alloc(1000);
    throw new Error('disk');
  }
  for (const body of [whole(broken, 5000), whole(() => parts(1), 99_999), whole(() => parts(1), 100_001)]) {
    await withRaw(
      { restoreClose: 50 },
      () => {},
      async ({ client, bytes, closed }) => {
        await assert.rejects(postRestore(client.node, admin, body), (error) => isProblem(error, 'unreachable'));
        assert.equal(await closed, 'fin');
        assert.equal(isWhole(bytes()), false);
      },
    );
  }
});

test('an append with other arguments than {} or beyond its size is not sent', () =>
  withRaw(
    {},
    () => {},
    async ({ client, connections }) => {
      const args = brandRestoreBody({ kind: 'append', arguments: '{"backupPassphrase":"x"}', file: FILE });
      const size = brandRestoreBody({ kind: 'append', arguments: '{}', file: Buffer.alloc(1_200_001) });
      for (const body of [args, size]) await assert.rejects(postRestore(client.node, admin, body), RangeError);
      assert.equal(connections.length, 0);
    },
  ));

test('an answer in chunks, after an interim one, byte by byte', () =>
  withRaw(
    {},
    async (socket, bytes) => {
      if (!isWhole(bytes)) return;
      const text = `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"mes\r\n${(ANSWER.length - 5).toString(16)}\r\n${ANSWER.slice(5)}\r\n0\r\n\r\n`;
      for (const byte of text) {
        socket.write(byte);
        await sleep(0);
      }
    },
    async ({ client }) => {
      assert.equal((await postRestore(client.node, admin, append())).message, APPENDED_MESSAGE);
    },
  ));

test('a write that fails after a restore is write-blocked; without one it is a failure', () =>
  withRaw(
    {},
    (socket, bytes) => {
      const restore = bytes.toString('latin1', 0, 40).includes('/system/restore');
      if (!restore || isWhole(bytes)) socket.write(answer('500 Internal Server Error', '{"message":"no"}'));
    },
    async ({ client }) => {
      await assert.rejects(putLabel(client.node, admin, 'k', 'x'), (error) => isProblem(error, 'unexpected'));
      assert.deepEqual(await postRestore(client.node, admin, append()), { status: 500, message: 'no' });
      await assert.rejects(putLabel(client.node, admin, 'k', 'x'), (error) => isProblem(error, 'write-blocked'));
    },
  ));

test('over TLS: a pinned device gets the body whole and is half-closed after the time limit', async () => {
  const { promise: closed, resolve } = Promise.withResolvers<'fin' | 'rst'>();
  let bytes = Buffer.alloc(0);
  const key = { cert: fixture('self-signed.pem'), key: fixture('self-signed-key.pem') };
  const server = createTlsServer({ ...key, allowHalfOpen: true }, (socket) => {
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
    });
    socket.on('error', () => resolve('rst'));
    socket.on('end', () => {
      resolve('fin');
      socket.end(answer('400 Bad Request', ANSWER));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const pin = createHash('sha256')
    .update(new X509Certificate(key.cert).publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
  await using client = connect(`https://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`, {
    tls: { kind: 'pins', pins: [`sha256:${pin}`] },
    limits: { restoreAnswer: 100, restoreClose: 1000 },
  });
  try {
    const outcome = await postRestore(client.node, admin, append());
    assert.deepEqual(outcome, { status: 400, message: APPENDED_MESSAGE });
    assert.equal(await closed, 'fin');
    assert.ok(isWhole(bytes) && bytes.includes(FILE));
  } finally {
    server.close();
  }
});
