import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { getCACertificates, TLSSocket } from 'node:tls';
import { Problem } from '../problem.ts';
import type { KnownDevices } from './known-devices.ts';
import type { Limits } from './limits.ts';
import type { NodeAddress, TlsTrust } from './node-config.ts';
import { buildConnector } from './undici.ts';

/** What stands for the pin of a node reached over loopback http. */
export const LOOPBACK_PIN = 'loopback-http';

/** Opens a connection that was checked: the callback gets it before a byte of a request is written. */
export type Connector = buildConnector.connector;

/** The pin that a socket's other end showed; undefined when it showed no certificate. */
function observedPin(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket)) return LOOPBACK_PIN;
  const key = socket.getPeerX509Certificate()?.publicKey.export({ type: 'spki', format: 'der' });
  return key && `sha256:${createHash('sha256').update(key).digest('hex')}`;
}

/** Why the other end of a connection is not whom the configuration asks for. */
function whyUntrusted(pin: string | undefined, trust: TlsTrust, place: string): Problem | undefined {
  if (pin === undefined) {
    return untrusted(place, 'the other end showed no certificate', 'Check that the address is that of a NetHSM');
  }
  if (pin === LOOPBACK_PIN || trust.kind !== 'pins' || trust.pins.some((known) => known.toLowerCase() === pin)) {
    return undefined;
  }
  return untrusted(
    place,
    `it showed the public key ${pin}, which is none of the configured pins; nothing was sent`,
    'If its certificate was renewed, compare this with the key shown at the device (config/tls/public.pem) and write it into "pins"; if not, somebody is in between',
  );
}

/** Why nothing may be sent yet to a node whose pin is right. */
function whyUnconfirmed(known: KnownDevices, origin: string, pin: string, place: string): Problem | undefined {
  const verdict = known.check(origin, pin);
  if (verdict === 'known') return undefined;
  return verdict === 'new'
    ? untrusted(
        place,
        `nobody has confirmed this device yet: ${origin} with ${pin}; nothing was sent`,
        'Compare the public key with the one at the device and confirm it, or use --trust-new-devices',
      )
    : untrusted(
        place,
        `${origin} was confirmed with another public key than ${pin}; nothing was sent`,
        'If its certificate was renewed on purpose, compare the key with the one at the device and confirm it anew; if not, somebody is in between',
      );
}

export const untrusted = (place: string, cause: string, remedy: string): Problem =>
  new Problem({ kind: 'untrusted', place, cause, remedy });

/**
 * The connector of a node: TLS by the system's CAs, a CA or pinned keys, then `judge`; a connection that does not pass is
 * closed before anything is written. Sessions are not resumed, so that each connection shows its certificate.
 */
export function checkedConnector(
  secure: boolean,
  trust: TlsTrust,
  limits: Limits,
  judge: (pin: string) => Problem | undefined,
  place: string,
): Connector {
  const connect = buildConnector({
    allowH2: false,
    maxCachedSessions: 0,
    timeout: limits.connect,
    ...(trust.kind === 'ca' ? { ca: trust.pem } : {}),
    ...(trust.kind === 'system' && secure ? { ca: systemCas() } : {}),
    // A pinned key is checked below in place of a chain and a name, which a self-signed certificate does not have.
    ...(trust.kind === 'pins' ? { rejectUnauthorized: false } : {}),
  });
  return (options, callback) =>
    connect({ ...options, hostname: unbracket(options.hostname) }, (error, socket) => {
      if (error !== null) return callback(error, null);
      const problem = whyNot(socket as Socket, trust, judge, place);
      if (problem === undefined) return callback(null, socket);
      socket.destroy();
      return callback(problem, null);
    });
}

function whyNot(
  socket: Socket,
  trust: TlsTrust,
  judge: (pin: string) => Problem | undefined,
  place: string,
): Problem | undefined {
  try {
    const pin = observedPin(socket);
    const judged = judge(pin ?? '');
    return whyUntrusted(pin, trust, place) ?? judged;
  } catch (error) {
    // A key that can't be read must not end the process: this runs in an event of the socket.
    const cause = 'its certificate could not be checked; nothing was sent';
    const remedy = 'Check that the address is that of a NetHSM';
    return new Problem({ kind: 'untrusted', place, cause, remedy }, { cause: error });
  }
}

/** The CAs of the operating system, which Node does not use by itself; Node's own list where there are none, as in a bare container. */
function systemCas(): string[] {
  const system = getCACertificates('system');
  return system.length > 0 ? [...system, ...getCACertificates('extra')] : getCACertificates('default');
}

const unbracket = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');

/** The connector for requests: a known device only. */
export const knownConnector = (
  address: NodeAddress,
  trust: TlsTrust,
  limits: Limits,
  known: KnownDevices,
  place: string,
): Connector =>
  checkedConnector(address.secure, trust, limits, (pin) => whyUnconfirmed(known, address.origin, pin, place), place);

/** Opens one connection by a connector; the caller owns the socket. Aborting closes what is under way. */
export function openSocket(connector: Connector, address: NodeAddress, signal?: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    let late = false;
    const onAbort = () => {
      late = true;
      reject(signal?.reason);
    };
    if (signal?.aborted) return onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    connector(
      {
        hostname: address.hostname,
        host: new URL(address.origin).host,
        protocol: address.secure ? 'https:' : 'http:',
        port: String(address.port),
      },
      (error, socket) => {
        signal?.removeEventListener('abort', onAbort);
        if (error !== null) reject(error);
        else if (late) socket.destroy();
        else resolve(socket as Socket);
      },
    );
  });
}
