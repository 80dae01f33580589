import { isIPv4 } from 'node:net';
import { Problem } from '../problem.ts';

/** How a node proves who it is. Pins are `sha256:<64 hex>` of the public key (SPKI). */
export type TlsTrust = { kind: 'system' } | { kind: 'ca'; pem: string } | { kind: 'pins'; pins: string[] };

export interface NodeConfig {
  /** With the API's base path: `https://nethsm.example/api/v1`; `http:` for loopback addresses only. */
  url: string;
  tls: TlsTrust;
}

export interface DeviceConfig {
  name: string;
  nodes: NodeConfig[];
}

/** Where a node is, taken apart: requests go to `origin` + `base` + path. */
export interface NodeAddress {
  origin: string;
  base: string;
  secure: boolean;
  hostname: string;
  port: number;
}

/** A literal address of 127.0.0.0/8 or ::1; a name that resolves there is not enough. */
const isLoopback = (hostname: string): boolean =>
  hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'));

/** Takes a node's URL apart. Throws `invalid` for what is no plain base URL, and `refused` for http beyond loopback. */
export function nodeAddress(url: string, place: string): NodeAddress {
  const bad = (kind: 'invalid' | 'refused', cause: string, remedy: string) =>
    new Problem({ kind, place, cause, remedy });
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['https:', 'http:'].includes(parsed.protocol)) {
    throw bad('invalid', 'the address is no http or https URL', 'Write it like https://nethsm.example/api/v1');
  }
  if (parsed.username !== '' || parsed.password !== '' || parsed.search !== '' || parsed.hash !== '') {
    throw bad(
      'invalid',
      'the address holds a user, a query or a fragment',
      'Write it like https://nethsm.example/api/v1',
    );
  }
  const secure = parsed.protocol === 'https:';
  if (!secure && !isLoopback(parsed.hostname)) {
    throw bad(
      'refused',
      `${parsed.origin} is not encrypted`,
      'Use https://; http:// is for loopback addresses (127.0.0.1, [::1]) only',
    );
  }
  return {
    origin: parsed.origin,
    base: parsed.pathname.replace(/\/+$/, ''),
    secure,
    hostname: parsed.hostname,
    port: parsed.port === '' ? (secure ? 443 : 80) : Number(parsed.port),
  };
}
