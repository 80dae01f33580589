import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { connectDevice, type Device } from '../../core/device/device.ts';
import type { KnownDevices } from '../../core/device/known-devices.ts';
import type { Limits } from '../../core/device/limits.ts';
import type { Credential, DeviceNode } from '../../core/device/node.ts';
import type { TlsTrust } from '../../core/device/node-config.ts';

export const everyoneIsKnown: KnownDevices = { check: () => 'known' };
export const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');

/** A request that a test server saw, body and all. */
export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

export interface TestServer {
  url: string;
  origin: string;
  seen: Seen[];
  connections(): number;
  close(): Promise<void>;
}

/** A server on loopback; with a certificate name (`self-signed`, …) it speaks TLS. */
export async function startServer(
  answer: (seen: Seen, response: Parameters<RequestListener>[1], request: IncomingMessage) => void,
  certificate?: string,
): Promise<TestServer> {
  const seen: Seen[] = [];
  const sockets = new Set<Socket>();
  const listener: RequestListener = async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const one: Seen = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks),
    };
    seen.push(one);
    answer(one, response, request);
  };
  const server: Server = certificate
    ? createTlsServer({ cert: fixture(`${certificate}.pem`), key: fixture(`${certificate}-key.pem`) }, listener)
    : createServer(listener);
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `${certificate ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${origin}/api/v1`,
    origin,
    seen,
    connections: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

export interface Connected extends AsyncDisposable {
  node: DeviceNode;
  device: Device;
}

/** A client of one node with short limits, closed by `await using`. */
export function connect(
  url: string,
  options: { tls?: TlsTrust; known?: KnownDevices; limits?: Partial<Limits> } = {},
): Connected {
  const device = connectDevice(
    { name: 'oslo', nodes: [{ url, tls: options.tls ?? { kind: 'system' } }] },
    { known: options.known ?? everyoneIsKnown, limits: { headers: 5000, ...options.limits } },
  );
  return { device, node: device.nodes[0] as DeviceNode, [Symbol.asyncDispose]: () => device.close() };
}

export const admin: Credential = { user: 'admin', passphrase: 'adminadminadmin' };

/** Answers with JSON. */
export function json(response: Parameters<RequestListener>[1], status: number, value?: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', etag: '"e1"' });
  response.end(value === undefined ? undefined : JSON.stringify(value));
}
