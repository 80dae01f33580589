import { createHash, type X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { connectDevice } from '../../../core/device/device.ts';
import { readState } from '../../../core/device/health.ts';
import type { DeviceNode } from '../../../core/device/node.ts';
import { nodeAddress, type TlsTrust } from '../../../core/device/node-config.ts';
import { transportProblem } from '../../../core/device/transport-problem.ts';
import { LOOPBACK_PIN } from '../../../core/device/trust.ts';
import type { Engine } from '../engine/engine.ts';
import { knownDevicesFile, untrustedWorkspace } from '../engine/sessions.ts';
import type { Probe } from '../protocol.ts';

const PATIENCE = 10_000;

/** What stands at an address, before anybody trusts it: only its state is asked, and nothing secret is sent. */
export async function probe(engine: Engine, { url }: { url: string }, signal: AbortSignal): Promise<Probe> {
  if (!engine.options.trusted) throw untrustedWorkspace();
  const { origin, secure, hostname, port } = nodeAddress(url, 'new device');
  const shown = secure ? await showsAt({ hostname, port, place: url }, signal) : undefined;
  const pin = shown?.pin ?? LOOPBACK_PIN;
  const tls: TlsTrust = shown === undefined ? { kind: 'system' } : { kind: 'pins', pins: [shown.pin] };
  const device = connectDevice({ name: 'new device', nodes: [{ url, tls }] }, { known: { check: () => 'known' } });
  try {
    const state = await readState(device.nodes[0] as DeviceNode, { signal });
    const confirmed = knownDevicesFile(engine.stateFolder()).check(origin, pin);
    return { origin, pin, confirmed, state, ...(shown && { certificate: shown.certificate }) };
  } finally {
    await device.close();
  }
}

interface Shown {
  pin: string;
  certificate: NonNullable<Probe['certificate']>;
}

/** The certificate that a server shows, whoever signed it: who is behind it is for a person to decide. Nothing is sent. */
function showsAt(at: { hostname: string; port: number; place: string }, signal: AbortSignal): Promise<Shown> {
  const { hostname, port, place } = at;
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      socket.destroy();
      reject(transportProblem(error, { place, writes: false, signal }));
    };
    const host = hostname.replace(/^\[|\]$/g, '');
    const socket = connect({ host, port, rejectUnauthorized: false, timeout: PATIENCE }, () => {
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      if (certificate === undefined) fail(new Error('it showed no certificate'));
      else resolve(describe(certificate));
    });
    socket.on('timeout', () => fail(new DOMException('time limit', 'TimeoutError')));
    socket.on('error', fail);
    signal.addEventListener('abort', () => fail(signal.reason), { once: true });
  });
}

/** What people compare; the names are the device's own words. */
function describe({ publicKey, subject, issuer, validTo }: X509Certificate): Shown {
  const key = publicKey.export({ type: 'spki', format: 'der' });
  const line = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]+/gu, ', ').slice(0, 300);
  return {
    pin: `sha256:${createHash('sha256').update(key).digest('hex')}`,
    certificate: { subject: line(subject), issuer: line(issuer), validTo: Date.parse(validTo) },
  };
}
