import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { ADMIN, ask } from './client.ts';
import { startReady } from './device.ts';

async function peerOf(url: string, ca?: string): Promise<X509Certificate> {
  const { port } = new URL(url);
  const trust = ca === undefined ? { rejectUnauthorized: false } : { ca };
  const socket = connect({ host: '127.0.0.1', port: Number(port), ...trust });
  await once(socket, 'secureConnect');
  const peer = socket.getPeerX509Certificate() as X509Certificate;
  socket.destroy();
  return peer;
}

const pinOf = (certificate: X509Certificate): string => {
  const spki = certificate.publicKey.export({ type: 'spki', format: 'der' });
  return `sha256:${createHash('sha256').update(spki).digest('hex')}`;
};

test('HTTPS with a self-signed certificate: its pin, its name, and what the device says of it are one', async () => {
  const device = await startReady({ tls: true });
  try {
    const peer = await peerOf(device.url);
    assert.equal(pinOf(peer), device.pin);
    assert.equal(peer.subject, 'CN=keyfender');
    assert.ok(peer.verify(peer.publicKey));
    assert.equal(peer.checkIP('127.0.0.1'), '127.0.0.1');
    const shown = (await ask(device.url, 'GET', '/config/tls/cert.pem', ADMIN)).text;
    assert.equal(new X509Certificate(shown).fingerprint256, peer.fingerprint256);
    assert.equal((await peerOf(device.url, shown)).fingerprint256, peer.fingerprint256);

    const pin = device.nodes[0]?.renewCertificate();
    assert.notEqual(pin, pinOf(peer));
    assert.equal(pinOf(await peerOf(device.url)), pin);
    assert.equal(device.pin, pin);
  } finally {
    await device.close();
  }
});
