import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, failure, Refusal } from './answer.ts';
import { authenticate } from './auth.ts';
import { answerLimit, beforeEffect, takeFault } from './faults.ts';
import { waitToWrite } from './gate.ts';
import { countResponse } from './metrics.ts';
import type { PracticeNode } from './node.ts';
import { writeCountersHourly } from './power.ts';
import { ROUTES } from './resources/index.ts';
import type { Method, Route } from './route.ts';
import { send } from './send.ts';
import { type Account, namespaceExists, namespaceOf } from './users.ts';

const PREFIX = '/api/v1';
const JSON_TYPE = 'application/json';
const KNOWN_METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'];
const UNAVAILABLE = 'Service not available';

/** Answers one request of a node, from the first byte of its head to the last of the answer. */
export async function handle(node: PracticeNode, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const begun = performance.now();
  const target = request.url ?? '/';
  const fault = takeFault(node.faults, request.method ?? 'GET', target.slice(PREFIX.length));
  if (await beforeEffect(fault, request, response)) return;
  await node.busy;
  writeCountersHourly(node);
  const found = findRoute(target);
  const routeType = found === undefined ? null : (found.route.type ?? JSON_TYPE);
  const answer = await answerOf(node, request, found).catch((error: unknown) =>
    error instanceof Refusal ? error.answer : broken(error),
  );
  countResponse(node.metrics, answer.status, performance.now() - begun);
  const type = answer.type === undefined ? routeType : answer.type;
  await send(response, answer, type, { head: request.method === 'HEAD', limit: answerLimit(fault) });
}

/** A mistake of ours looks like the server's own: status 503 and the text. */
const broken = (error: unknown): Answer => ({ status: 503, type: null, body: String(error) });

interface Found {
  route: Route;
  parameters: string[];
  query: URLSearchParams;
}

function findRoute(target: string): Found | undefined {
  const [path = '', query = ''] = target.split('?', 2);
  if (!path.startsWith(PREFIX)) return undefined;
  const rest = path.slice(PREFIX.length).replace(/\/+$/, '');
  for (const route of ROUTES) {
    const match = route.path.exec(rest);
    if (match === null) continue;
    try {
      return { route, parameters: match.slice(1).map(decodeURIComponent), query: new URLSearchParams(query) };
    } catch {
      return undefined;
    }
  }
  return undefined;
}

/** The order of checks is that of the server, as the recordings show it: state, method, who, may he, accepted type. */
async function answerOf(node: PracticeNode, request: IncomingMessage, found: Found | undefined): Promise<Answer> {
  if (found === undefined) return { status: 404, type: null, body: 'Not found' };
  const type = found.route.type ?? JSON_TYPE;
  const { route } = found;
  if (route.states !== undefined && !route.states.includes(node.health)) return failure(412, UNAVAILABLE);
  const name = request.method ?? 'GET';
  if (!KNOWN_METHODS.includes(name)) return { status: 501, type: null };
  const method = route.methods[(name === 'HEAD' ? 'GET' : name) as keyof Route['methods']];
  if (method === undefined) return { status: 405, type: null };
  const account = whoMay(node, request, method);
  if (account === 'nobody') return { status: 403, type: null };
  if (!accepts(request.headers.accept, type)) return { status: 406, type: null };
  if (method.writes === true) await waitToWrite(node.machine.gate, node, name === 'DELETE');
  const address = request.socket.remoteAddress ?? '';
  return method.run({ node, request, account, address, type, parameters: found.parameters, query: found.query });
}

function whoMay(node: PracticeNode, request: IncomingMessage, method: Method): Account | 'nobody' | undefined {
  if (method.roles === undefined) return undefined;
  const account = authenticate(node, request);
  const namespace = namespaceOf(account.id);
  if (!method.roles.includes(account.role)) return 'nobody';
  if (namespace !== '' && (method.rootOnly === true || !namespaceExists(node, namespace))) return 'nobody';
  return account;
}

function accepts(header: string | undefined, type: string): boolean {
  if (header === undefined) return true;
  const [family] = type.split('/');
  return header
    .split(',')
    .map((part) => part.split(';', 1)[0]?.trim())
    .some((part) => part === '*/*' || part === type || part === `${family}/*`);
}
