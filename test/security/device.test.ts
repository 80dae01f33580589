/** What stands where a device should: one that redirects, one that lies about who it is, a proxy that answers for it. */
import assert from 'node:assert/strict';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemInfo } from '../../core/device/info.ts';
import { createKey, getCertificate, getKey, listKeys } from '../../core/device/keys.ts';
import { readMetrics } from '../../core/device/metrics.ts';
import { brandRestoreBody, postRestore } from '../../core/device/restore.ts';
import { unlock } from '../../core/device/unlock.ts';
import { parseKeyId, parseNamespace } from '../../core/names.ts';
import { isProblem } from '../../core/problem.ts';
import { copyKeys } from '../../core/transfer/copy-keys.ts';
import { pairDevices } from '../../core/transfer/pair.ts';
import { admin, connect, startServer, type TestServer } from '../device/support.ts';
import { importKey, keeper, type Sites, sessionOf, startSites } from '../support/sites.ts';

const append = brandRestoreBody({ kind: 'append', arguments: '{}', file: Buffer.from('x') });
/** Every kind of request that carries a secret. */
const ATTEMPTS: ((node: Parameters<typeof listKeys>[0]) => Promise<unknown>)[] = [
  (node) => listKeys(node, admin),
  (node) => getKey(node, admin, 'k'),
  (node) => systemInfo(node, admin),
  (node) => readMetrics(node, admin),
  (node) => createKey(node, admin, 'k', { type: 'Generic', mechanisms: [], private: { data: 'AAAA' } }),
  (node) => unlock(node, 'unlock-passphrase'),
  (node) => postRestore(node, admin, append),
];

test('a device that points elsewhere is not followed, whatever it was asked: no secret goes there', async () => {
  const elsewhere = await startServer((_, response) => response.end('[]'));
  let status = 301;
  const server = await startServer((_, response) =>
    response.writeHead(status, { location: `${elsewhere.url}/keys`, refresh: `0; url=${elsewhere.url}` }).end(),
  );
  try {
    await using client = connect(server.url);
    for (status of [301, 302, 303, 307, 308]) {
      for (const attempt of ATTEMPTS) {
        await assert.rejects(
          attempt(client.node),
          (error) => isProblem(error, 'unexpected') && /not followed/.test(error.reason),
        );
      }
    }
    assert.equal(elsewhere.connections(), 0);
  } finally {
    await Promise.all([server.close(), elsewhere.close()]);
  }
});

test("a proxy's page is told as what it is, and none of its words are shown", async () => {
  const page = '<!DOCTYPE html><html><title>Sign in to continue</title><script>alert(1)</script>';
  let status = 200;
  let type = 'text/html';
  const server = await startServer((_, response) =>
    response.writeHead(status, { 'content-type': type, etag: '"e"' }).end(page),
  );
  try {
    await using client = connect(server.url);
    for (const [code, kind] of [
      [200, 'text/html'],
      [403, 'text/html'],
      [502, 'text/html; charset=utf-8'],
      [407, 'text/plain'],
    ] as const) {
      [status, type] = [code, kind];
      for (const attempt of [ATTEMPTS[0], ATTEMPTS[1], ATTEMPTS[2]]) {
        await assert.rejects(attempt?.(client.node) ?? assert.fail(), (error) => {
          assert.ok(isProblem(error, 'unexpected'), String(error));
          assert.match(error.reason, /web page/);
          assert.doesNotMatch(error.message, /Sign in|script|DOCTYPE/);
          return true;
        });
      }
    }
    [status, type] = [200, 'text/html'];
    const certificate = await getCertificate(client.node, admin, 'k');
    assert.equal(certificate?.contentType, 'text/html', 'a certificate may be anything; it is compared, never run');
  } finally {
    await server.close();
  }
});

let sites: Sites;
before(async () => {
  sites = await startSites();
  await importKey(sites.oslo, 'payments', 'k1', 1);
  await pairDevices(
    { from: sites.oslo.session, to: sites.bergen.session },
    { deviceBackups: join(sites.folder, 'device-backups') },
  );
  await importKey(sites.oslo, 'payments', 'k2', 2);
});
after(() => sites.close());

/** Something in front of Bergen that hands requests on and changes what comes back. */
async function inFront(change: (path: string, body: Buffer) => Buffer): Promise<TestServer> {
  return startServer(({ method, path, headers, body }, response) => {
    const target = new URL(path, sites.bergen.practice.url);
    const onward = request(target, { method, headers: { ...headers, host: target.host } }, (answer) =>
      giveBack(answer, response, (bytes) => change(path, bytes)),
    );
    onward.end(body);
  });
}

async function giveBack(answer: IncomingMessage, response: ServerResponse, change: (body: Buffer) => Buffer) {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const body = change(Buffer.concat(chunks));
  const { 'transfer-encoding': _, 'content-length': __, ...headers } = answer.headers;
  response.writeHead(answer.statusCode ?? 500, headers).end(body);
}

async function copyThrough(server: TestServer) {
  const through = sessionOf('bergen', server.url);
  try {
    return await copyKeys(
      { from: sites.oslo.session, to: through, namespace: parseNamespace('payments'), ids: [parseKeyId('k2')] },
      { deviceBackups: join(sites.folder, 'device-backups') },
    );
  } finally {
    await through.device.close();
  }
}
const restores = (server: TestServer): number =>
  server.seen.filter(({ path }) => path.endsWith('/system/restore')).length;

test('a device whose own id is not that of its backup is sent nothing (hazard 2: a load balancer, or a lie)', async () => {
  const server = await inFront((path, body) =>
    path.endsWith('/system/info')
      ? Buffer.from(body.toString().replace(/"deviceId":"[^"]*"/, '"deviceId":"dev-oslo"'))
      : body,
  );
  try {
    await assert.rejects(
      copyThrough(server),
      (error) => isProblem(error, 'refused') && /dev-bergen.*dev-oslo/.test(error.reason),
    );
    assert.equal(restores(server), 0);
    assert.deepEqual(await sites.bergen.must('GET', '/health/state'), { state: 'Operational' });
  } finally {
    await server.close();
  }
});

test('a device that claims a release which nobody tested is sent nothing', async () => {
  const server = await inFront((path, body) =>
    path.endsWith('/system/info')
      ? Buffer.from(body.toString().replace(/"softwareVersion":"[^"]*"/, '"softwareVersion":"9.9"'))
      : body,
  );
  try {
    await assert.rejects(copyThrough(server), (error) => isProblem(error, 'refused') && /9\.9/.test(error.reason));
    assert.equal(restores(server), 0);
  } finally {
    await server.close();
  }
});

test('a device that says it took everything and took nothing is not believed', async () => {
  const server = await startServer(({ method, path, headers, body }, response) => {
    if (path.endsWith('/system/restore')) {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ message: 'The backup file was truncated. Present keys were still restored.' }));
      return;
    }
    const target = new URL(path, sites.bergen.practice.url);
    request(target, { method, headers: { ...headers, host: target.host } }, (answer) =>
      giveBack(answer, response, (bytes) => bytes),
    ).end(body);
  });
  try {
    const outcome = await copyThrough(server).then(
      (report) => report.verified,
      (error: unknown) => {
        assert.ok(isProblem(error), String(error));
        return 0;
      },
    );
    assert.equal(outcome, 0);
    assert.equal(restores(server), 1);
    assert.equal((await sites.bergen.ask('GET', '/keys/k2', keeper('payments'))).status, 404);
  } finally {
    await server.close();
  }
});

test('a device whose id or release is a path writes no file anywhere', async () => {
  for (const field of ['deviceId', 'softwareVersion']) {
    for (const value of ['/../../../escaped', '..', 'a/b', '', 'x\\y', 'x\u0000']) {
      const answer = JSON.stringify({ ...{ deviceId: 'dev-bergen', softwareVersion: '5.0' }, [field]: value });
      const server = await inFront((path, body) => (path.endsWith('/system/info') ? Buffer.from(answer) : body));
      try {
        await assert.rejects(
          copyThrough(server),
          (error) => isProblem(error, 'unexpected') && error.reason.includes(field),
          `${field} ${JSON.stringify(value)}`,
        );
        assert.equal(restores(server), 0);
      } finally {
        await server.close();
      }
    }
  }
});

test('what is there already is not sent again (hazard 7)', async () => {
  const server = await inFront((_, body) => body);
  try {
    const [first, second] = [await copyThrough(server), await copyThrough(server)];
    assert.deepEqual([first.done, first.verified, second.done, second.verified], [1, 1, 0, 1]);
    assert.equal(restores(server), 1);
  } finally {
    await server.close();
  }
});
