import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import { downloadBackup } from '../../core/device/backup.ts';
import { getCertificate, getKey, listKeys, putLabel, putTag, sign } from '../../core/device/keys.ts';
import { readMetrics } from '../../core/device/metrics.ts';
import { probeWriteBlocked } from '../../core/device/write-probe.ts';
import { isProblem, type Problem, type ProblemKind } from '../../core/problem.ts';
import { admin, connect, json, startServer, type TestServer } from './support.ts';

type Answer = Parameters<typeof startServer>[0];

async function withServer(answer: Answer, run: (server: TestServer) => Promise<void>): Promise<void> {
  const server = await startServer(answer);
  try {
    await run(server);
  } finally {
    await server.close();
  }
}

/** Awaits a refusal of a kind whose cause says something, and gives it. */
async function refused(attempt: Promise<unknown>, kind: ProblemKind, cause = /./): Promise<Problem> {
  const error = await attempt.then(
    () => assert.fail('it was not refused'),
    (caught: unknown) => caught,
  );
  assert.ok(isProblem(error, kind), String(error));
  assert.match(error.reason, cause);
  assert.ok(error.remedy.length > 5 && error.place.includes('oslo'));
  return error;
}

const KEY = { mechanisms: ['EdDSA_Signature'], type: 'Curve25519', operations: 0, public: { data: 'AA==' } };
const state = (seen: { path: string }) => seen.path === '/api/v1/health/state';

async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

// Side by side, since undici counts time limits in whole seconds.
describe('requests', { concurrency: true }, () => {
  let busy = 0;
  test('a read that gets no answer in time is unreachable and not repeated', () =>
    withServer(
      () => {},
      async (server) => {
        await using client = connect(server.url, { limits: { headers: 60 } });
        await refused(getKey(client.node, admin, 'k'), 'unreachable', /time limit/);
        assert.equal(server.seen.length, 1);
      },
    ));

  test('a write that gets no answer while reads go on: write-blocked', () =>
    withServer(
      (seen, response) => state(seen) && json(response, 200, { state: 'Operational' }),
      async (server) => {
        await using client = connect(server.url, { limits: { headers: 60 } });
        const problem = await refused(putTag(client.node, admin, 'k', 't'), 'write-blocked', /reads go on/);
        assert.match(problem.remedy, /Stop/);
        assert.equal(await probeWriteBlocked(client.node, admin), true);
        await refused(sign(client.node, admin, 'k', { mode: 'EdDSA', message: Buffer.of(1) }), 'unreachable');
      },
    ));

  test('a write that gets no answer while nothing answers: unreachable, and perhaps done', () =>
    withServer(
      () => {},
      async (server) => {
        await using client = connect(server.url, { limits: { headers: 60, overall: 4000 } });
        await refused(putTag(client.node, admin, 'k', 't'), 'unreachable', /whether the change was made is not known/);
      },
    ));

  test('the write probe sets the own passphrase to what it is', () =>
    withServer(
      (_, response) => json(response, 204),
      async (server) => {
        await using client = connect(server.url);
        assert.equal(await probeWriteBlocked(client.node, { user: 'ns1~op', passphrase: 'opPassphrase1' }), false);
        const [{ method, path, body } = assert.fail()] = server.seen;
        assert.equal(
          `${method} ${path} ${body}`,
          'POST /api/v1/users/ns1~op/passphrase {"passphrase":"opPassphrase1"}',
        );
      },
    ));

  test('a body that stops is unreachable, within the idle limit', () =>
    withServer(
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('[{"id":"a"},');
      },
      async (server) => {
        await using client = connect(server.url, { limits: { idle: 60 } });
        await refused(listKeys(client.node, admin), 'unreachable', /stopped in the middle/);
        await refused(drain(downloadBackup(client.node, admin)), 'unreachable', /stopped in the middle/);
      },
    ));

  test('an answer that is cut is repeated, then unreachable; a write is sent once', () =>
    withServer(
      (_, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('[{"id":"a"}');
        setTimeout(() => response.destroy(), 5);
      },
      async (server) => {
        await using client = connect(server.url);
        await refused(listKeys(client.node, admin), 'unreachable');
        assert.equal(server.seen.length, 3);
        await refused(putLabel(client.node, admin, 'k', 'x'), 'unreachable', /not known/);
        assert.equal(server.seen.length, 4);
      },
    ));

  test('a busy device is asked again for a read, and not for a write', () =>
    withServer(
      (_, response) => (busy-- > 0 ? json(response, 503) : json(response, 200, [{ id: 'a' }])),
      async (server) => {
        await using client = connect(server.url);
        busy = 1;
        assert.deepEqual(await listKeys(client.node, admin), ['a']);
        assert.equal(server.seen.length, 2);
        busy = 1;
        await refused(putLabel(client.node, admin, 'k', 'x'), 'busy');
        assert.equal(server.seen.length, 3);
      },
    ));

  test('a redirect is not followed', () =>
    withServer(
      (_, response) => {
        response.writeHead(307, { location: '/api/v1/elsewhere' });
        response.end();
      },
      async (server) => {
        await using client = connect(server.url);
        await refused(getKey(client.node, admin, 'k'), 'unexpected', /307.*not followed/);
        await refused(putLabel(client.node, admin, 'k', 'x'), 'unexpected', /307/);
        assert.equal(server.seen.length, 2);
      },
    ));

  test('304 is a success only where it was asked for', () =>
    withServer(
      (_, response) => json(response, 304),
      async (server) => {
        await using client = connect(server.url);
        await putTag(client.node, admin, 'k', 't');
        await refused(getKey(client.node, admin, 'k'), 'unexpected', /304/);
      },
    ));

  for (const status of [200, 404, 502]) {
    test(`a web page with ${status} is no answer of a NetHSM`, () =>
      withServer(
        (_, response) => {
          response.writeHead(status, { 'content-type': 'text/html' });
          response.end('<html><script>alert(1)</script></html>');
        },
        async (server) => {
          await using client = connect(server.url);
          for (const attempt of [getKey(client.node, admin, 'k'), listKeys(client.node, admin)]) {
            const problem = await refused(attempt, 'unexpected', /web page/);
            assert.doesNotMatch(problem.message, /script/);
          }
        },
      ));
  }

  test('an answer that is no JSON, or not of the form of the API, is unexpected', () => {
    const bodies = ['{"mechanisms":', '{}', '[]', 'null', JSON.stringify({ ...KEY, operations: -1 })];
    return withServer(
      (_, response) => {
        response.writeHead(200, { etag: '"e"' });
        response.end(bodies[0]);
      },
      async (server) => {
        await using client = connect(server.url);
        for (; bodies.length > 0; bodies.shift())
          await refused(getKey(client.node, admin, 'k'), 'unexpected', /JSON|form/);
      },
    );
  });

  test('a counter that never counted is 0, one that is no number is unexpected', () => {
    const answers = [{ uptime: '7' }, { uptime: '7', 'kv write': 'x' }];
    return withServer(
      (_, response) => json(response, 200, answers.shift()),
      async (server) => {
        await using client = connect(server.url);
        assert.deepEqual(await readMetrics(client.node, admin), { kvWrite: 0, uptime: 7 });
        await refused(readMetrics(client.node, admin), 'unexpected');
      },
    );
  });

  test('an answer without end is left off at the limit', () =>
    withServer(
      (_, response) => {
        const more = () => response.write(Buffer.alloc(16_384, 0x20)) || response.once('drain', more);
        const timer = setInterval(more, 1);
        response.once('close', () => clearInterval(timer));
      },
      async (server) => {
        await using client = connect(server.url, { limits: { answerBytes: 100_000, listingBytes: 200_000 } });
        await refused(getKey(client.node, admin, 'k'), 'unexpected', /more than 100000 bytes/);
        await refused(getCertificate(client.node, admin, 'k'), 'unexpected', /more than 100000 bytes/);
        await refused(listKeys(client.node, admin), 'unexpected', /more than 200000 bytes/);
      },
    ));

  test("a device's words are cleaned and cut before they are shown", () =>
    withServer(
      (_, response) => json(response, 400, { message: `\u001b[31mred\r\n\u202e\u0007${'long '.repeat(200)}` }),
      async (server) => {
        await using client = connect(server.url);
        const { reason } = await refused(putLabel(client.node, admin, 'k', 'x'), 'invalid', /\[31mred long/);
        assert.doesNotMatch(reason, /[\p{Cc}\p{Cf}]/u);
        assert.ok(reason.length < 300, reason);
      },
    ));

  test('the state tells one "Service not available" from another', async () => {
    let now = '';
    const kinds = {
      Locked: 'locked',
      Failed: 'failed',
      Unprovisioned: 'precondition',
      Operational: 'busy',
      Odd: 'failed',
    } as const;
    await withServer(
      (seen, response) =>
        state(seen) ? json(response, 200, { state: now }) : json(response, 412, { message: 'Service not available' }),
      async (server) => {
        await using client = connect(server.url);
        for (const [name, kind] of Object.entries(kinds)) {
          now = name;
          await refused(putLabel(client.node, admin, 'k', 'x'), kind);
        }
      },
    );
  });

  test('cancelling ends a request at once, before and while it is under way', () =>
    withServer(
      () => {},
      async (server) => {
        await using client = connect(server.url);
        await refused(getKey(client.node, admin, 'k', { signal: AbortSignal.abort() }), 'cancelled');
        const started = performance.now();
        await refused(getKey(client.node, admin, 'k', { signal: AbortSignal.timeout(50) }), 'cancelled');
        await refused(
          putLabel(client.node, admin, 'k', 'x', { signal: AbortSignal.timeout(50) }),
          'cancelled',
          /not known/,
        );
        assert.ok(performance.now() - started < 2000);
      },
    ));

  test('cancelling ends the pause before a repetition', () =>
    withServer(
      (_, response) => json(response, 429, { message: 'Too many requests' }),
      async (server) => {
        await using client = connect(server.url);
        const started = performance.now();
        await refused(getKey(client.node, admin, 'k', { signal: AbortSignal.timeout(50) }), 'cancelled');
        assert.ok(performance.now() - started < 1000);
      },
    ));

  test('the overall limit ends what goes on and on', () =>
    withServer(
      (_, response) => {
        response.writeHead(200);
        const timer = setInterval(() => response.write(' '), 5);
        response.once('close', () => clearInterval(timer));
      },
      async (server) => {
        await using client = connect(server.url, { limits: { overall: 100 } });
        await refused(listKeys(client.node, admin), 'unreachable', /time limit/);
      },
    ));

  test('a backup may be stopped early; its length is limited by nothing but its pauses', () =>
    withServer(
      (_, response) => {
        const timer = setInterval(() => response.write(Buffer.alloc(60_000)), 2);
        response.once('close', () => clearInterval(timer));
      },
      async (server) => {
        await using client = connect(server.url, { limits: { overall: 600, answerBytes: 10 } });
        const started = performance.now();
        let length = 0;
        for await (const chunk of downloadBackup(client.node, admin)) {
          length += chunk.length;
          if (performance.now() - started > 900 && length > 100_000) break;
        }
        assert.ok(performance.now() - started > 900 && length > 100_000, 'it went on until it was stopped');
      },
    ));

  test('connections are kept and not more than the limit', () =>
    withServer(
      (_, response) => setTimeout(() => json(response, 200, []), 3),
      async (server) => {
        await using client = connect(server.url, { limits: { connections: 2 } });
        await Promise.all(Array.from({ length: 12 }, () => listKeys(client.node, admin)));
        await listKeys(client.node, admin);
        assert.equal(server.seen.length, 13);
        assert.ok(server.connections() <= 2);
      },
    ));

  test('nothing at the port, and something that speaks no HTTP', async () => {
    const server = createServer((socket) => socket.resume().end('SSH-2.0-OpenSSH_9.6\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`;
    await using client = connect(url);
    try {
      await refused(getKey(client.node, admin, 'k'), 'unexpected', /not HTTP/);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    await refused(putLabel(client.node, admin, 'k', 'x'), 'unreachable', /nothing answers.*nothing was sent/);
  });
});
