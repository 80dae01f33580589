import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { listKeys } from '../../core/device/keys.ts';
import { openKnownDevices } from '../../core/device/known-devices.ts';
import type { TlsTrust } from '../../core/device/node-config.ts';
import { probePin } from '../../core/device/probe.ts';
import { brandRestoreBody, postRestore } from '../../core/device/restore.ts';
import { unlock } from '../../core/device/unlock.ts';
import { isProblem } from '../../core/problem.ts';
import { admin, connect, fixture, json, startServer, type TestServer } from './support.ts';

const pinOf = (certificate: string): string =>
  `sha256:${createHash('sha256')
    .update(new X509Certificate(fixture(`${certificate}.pem`)).publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')}`;

const ca: TlsTrust = { kind: 'ca', pem: fixture('ca.pem') };
const pins = (...certificates: string[]): TlsTrust => ({ kind: 'pins', pins: certificates.map(pinOf) });

async function withServer(certificate: string | undefined, run: (server: TestServer) => Promise<void>): Promise<void> {
  const server = await startServer((_, response) => json(response, 200, [{ id: 'k1' }]), certificate);
  try {
    await run(server);
  } finally {
    await server.close();
  }
}

/** Every way in which a secret could leave: a log-in, a passphrase in a body, a restore. */
async function refusesEverything(
  server: TestServer,
  options: Parameters<typeof connect>[1],
  cause: RegExp,
): Promise<void> {
  await using client = connect(server.url, options);
  const body = brandRestoreBody({ kind: 'append', arguments: '{}', file: Buffer.from('x') });
  for (const attempt of [
    () => listKeys(client.node, admin),
    () => unlock(client.node, 'unlockunlock'),
    () => postRestore(client.node, admin, body),
  ]) {
    await assert.rejects(attempt, (error) => {
      assert.ok(isProblem(error, 'untrusted'), String(error));
      assert.match(error.reason, cause);
      assert.match(error.reason, /nothing was sent/);
      return true;
    });
  }
  assert.deepEqual(server.seen, []);
}

test('a pinned key is accepted, whatever name and issuer the certificate has, also when it is one of several', () =>
  withServer('self-signed', async (server) => {
    await using client = connect(server.url, { tls: pins('elsewhere', 'self-signed') });
    assert.deepEqual(await listKeys(client.node, admin), ['k1']);
  }));

test('another key than the pinned one: nothing reaches the server, though a CA would have signed for it', () =>
  withServer('loopback', (server) =>
    refusesEverything(server, { tls: pins('self-signed') }, new RegExp(pinOf('loopback'))),
  ));

test('no pins at all accept nobody', () =>
  withServer('self-signed', (server) =>
    refusesEverything(server, { tls: { kind: 'pins', pins: [] } }, /none of the configured pins/),
  ));

test("a CA's certificate is accepted for the name that it signed", () =>
  withServer('loopback', async (server) => {
    await using client = connect(server.url, { tls: ca });
    assert.deepEqual(await listKeys(client.node, admin), ['k1']);
  }));

test('a certificate of the CA for another name is refused', () =>
  withServer('elsewhere', (server) => refusesEverything(server, { tls: ca }, /for another name/)));

test('a self-signed certificate is refused by a CA and by the system', () =>
  withServer('self-signed', async (server) => {
    await refusesEverything(server, { tls: ca }, /not signed by a CA/);
    await refusesEverything(server, { tls: { kind: 'system' } }, /not signed by a CA/);
  }));

test('a device nobody confirmed, and one whose key changed, are sent nothing; a confirmed one is', () =>
  withServer('loopback', async (server) => {
    const known = openKnownDevices(join(mkdtempSync(join(tmpdir(), 'known-')), 'known-devices.json'));
    await refusesEverything(server, { tls: ca, known }, /nobody has confirmed/);
    await known.confirm(server.origin, pinOf('elsewhere'));
    await refusesEverything(server, { tls: ca, known }, /confirmed with another public key/);
    await known.confirm(server.origin, pinOf('loopback'));
    await using client = connect(server.url, { tls: ca, known });
    assert.deepEqual(await listKeys(client.node, admin), ['k1']);
  }));

test('loopback http is a device to be confirmed as well', () =>
  withServer(undefined, async (server) => {
    const known = openKnownDevices(join(mkdtempSync(join(tmpdir(), 'known-')), 'known-devices.json'));
    await refusesEverything(server, { known }, /nobody has confirmed/);
    const { origin, pin } = await probePin({ url: server.url, tls: { kind: 'system' } });
    assert.equal(pin, 'loopback-http');
    await known.confirm(origin, pin);
    await using client = connect(server.url, { known });
    assert.deepEqual(await listKeys(client.node, admin), ['k1']);
  }));

test('probing tells the pin and sends nothing', () =>
  withServer('loopback', async (server) => {
    const wanted = { origin: server.origin, pin: pinOf('loopback') };
    assert.deepEqual(await probePin({ url: server.url, tls: ca }), wanted);
    assert.deepEqual(await probePin({ url: server.url, tls: pins('loopback') }), wanted);
    assert.deepEqual(server.seen, []);
  }));

test('probing a device that the configuration does not accept tells which key it showed', () =>
  withServer('self-signed', async (server) => {
    for (const tls of [ca, { kind: 'system' } as const, pins('loopback')]) {
      await assert.rejects(probePin({ url: server.url, tls }), (error) => {
        assert.ok(isProblem(error, 'untrusted'), String(error));
        assert.ok(error.reason.includes(pinOf('self-signed')), error.reason);
        return true;
      });
    }
    assert.deepEqual(server.seen, []);
  }));

test('http is for loopback literals only, and an address holds no secret', () => {
  const open = (url: string) => () => connect(url);
  for (const url of [
    'http://nethsm.example/api/v1',
    'http://localhost/api/v1',
    'http://10.0.0.1/',
    'http://127.0.0.1.example/',
  ]) {
    assert.throws(open(url), (error) => isProblem(error, 'refused'), url);
  }
  for (const url of ['ftp://x', 'nonsense', 'https://user:pass@h/', 'https://h/?a=b', 'https://h/#a']) {
    assert.throws(open(url), (error) => isProblem(error, 'invalid') && !error.message.includes('pass@'), url);
  }
  for (const url of ['http://127.8.9.1:8080/api/v1', 'http://[::1]:8080/api/v1', 'https://nethsm.example/api/v1/'])
    open(url)();
});

test('a server that speaks no TLS is unreachable, not trusted', () =>
  withServer(undefined, async (server) => {
    await using client = connect(server.url.replace('http:', 'https:'), { tls: pins('self-signed') });
    await assert.rejects(listKeys(client.node, admin), (error) => isProblem(error, 'unreachable'));
    assert.deepEqual(server.seen, []);
  }));
