import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Problem } from '../../core/problem.ts';
import { metricsText } from './metrics-text.ts';
import { isAlive, isReady, restingLines, type Watch } from './watch.ts';

/** Where the endpoints listen. */
export interface Address {
  host: string;
  port: number;
}

const TIME_LIMIT = 5_000;
const MOST_CONNECTIONS = 32;

/** Reads `127.0.0.1:9464` or `[::1]:9464`; undefined when it is neither. */
export function parseAddress(text: string): Address | undefined {
  const [, six, four, digits = ''] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = six ?? four;
  const port = Number(digits);
  return host === undefined || port > 65_535 ? undefined : { host, port };
}

/**
 * Serves `/healthz`, `/readyz` and `/metrics`, GET only, without a secret in any of them, until the signal fires. Gives the
 * address. Throws a Problem `usage` when it can't listen there.
 */
export async function serveWatch(watch: Watch, { host, port }: Address, signal: AbortSignal): Promise<string> {
  const server = createServer(
    { requestTimeout: TIME_LIMIT, headersTimeout: TIME_LIMIT, maxHeaderSize: 8_192 },
    (request, response) => {
      request.resume();
      const path = (request.url ?? '').split('?')[0] ?? '';
      send(response, respond(watch, request.method ?? '', path));
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  server.keepAliveTimeout = TIME_LIMIT;
  server.listen({ host, port, exclusive: true });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw cannotListen(`${host}:${port}`, error);
  }
  signal.addEventListener(
    'abort',
    () => {
      server.close();
      server.closeAllConnections();
    },
    { once: true },
  );
  const { port: actual, address, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${actual}`;
}

interface Page {
  status: number;
  text: string;
  type?: string;
}

function pageOf(watch: Watch, path: string): Page {
  const now = Date.now();
  const state = (good: boolean, bad: string): Page =>
    good ? { status: 200, text: 'ok\n' } : { status: 503, text: bad };
  if (path === '/healthz') return state(isAlive(watch, now), 'nothing moved for a minute\n');
  if (path === '/readyz') {
    const { status, text } = state(isReady(watch), 'not every namespace was looked at yet\n');
    return { status, text: [text, ...restingLines(watch)].join('') };
  }
  if (path === '/metrics') {
    return { status: 200, text: metricsText(watch, now), type: 'text/plain; version=0.0.4; charset=utf-8' };
  }
  return { status: 404, text: 'there are /healthz, /readyz and /metrics\n' };
}

/** What a request is answered with. While the agent starts anew, its journal is closed. */
function respond(watch: Watch, method: string, path: string): Page {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, text: 'only GET\n' };
  try {
    return pageOf(watch, path);
  } catch {
    return { status: 503, text: 'try again\n' };
  }
}

function send(response: ServerResponse, { status, text, type = 'text/plain; charset=utf-8' }: Page): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(text);
}

function cannotListen(place: string, error: unknown): Problem {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  const cause = code === 'EADDRINUSE' ? 'another program listens there already' : `the system said ${code}`;
  return new Problem({
    kind: 'usage',
    place,
    cause,
    remedy: 'Name another address with --listen, port 0 for any free one',
  });
}
