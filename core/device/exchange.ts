import { isProblem, Problem } from '../problem.ts';
import type { Answer } from './answer.ts';
import { isHtml, readBytes } from './answer.ts';
import { cleanText } from './clean-text.ts';
import { ENDPOINTS, endpointPath } from './endpoints.ts';
import type { Call, NodeInternals } from './node.ts';
import { admitPassphrase, type PassphraseVerdict } from './passphrase-guard.ts';
import { NOT_AVAILABLE, statusProblem, writeBlocked } from './status-problem.ts';
import { codeOf, transportProblem } from './transport-problem.ts';
import type { Pool } from './undici.ts';

/** What an exchange goes over. */
export interface Line {
  device: string;
  url: string;
  place: string;
  pool: Pool;
  internals: NodeInternals;
}

/**
 * Sends one request, once, and returns its answer when it is a success; `signal` covers the body too. Throws the Problem that
 * the answer, or the lack of one, means.
 */
export async function exchange(line: Line, call: Call, signal: AbortSignal): Promise<Answer> {
  const kind = ENDPOINTS[call.endpoint][2];
  const path = endpointPath(call.endpoint, call.params ?? {}, line.place);
  const settle = await admit(line, call, signal);
  let verdict: PassphraseVerdict = 'unknown';
  try {
    const answer = await send(line, call, path, signal);
    verdict = verdictOf(call, answer.status);
    if ((answer.status >= 200 && answer.status < 300) || (answer.status === 304 && call.notModified)) return answer;
    throw await refusal(line, call, answer, signal);
  } catch (error) {
    if (isProblem(error)) throw error;
    if (kind === 'write' && codeOf(error) === 'UND_ERR_HEADERS_TIMEOUT' && (await answersReads(line, signal))) {
      const [blocked, cause, remedy] = writeBlocked(
        'a write waited for its answer beyond the time limit while reads go on',
      );
      throw new Problem({ kind: blocked, place: line.place, cause, remedy }, { cause: error });
    }
    throw transportProblem(error, { place: line.place, writes: kind === 'write', signal: call.signal });
  } finally {
    settle(verdict);
  }
}

async function admit(line: Line, call: Call, signal: AbortSignal): Promise<(verdict: PassphraseVerdict) => void> {
  const { origin } = line.internals.address;
  const secret = call.guarded && { user: `(${call.guarded.name})`, passphrase: call.guarded.secret };
  const use = call.credential ?? secret;
  if (use === undefined) return () => {};
  if (call.credential === undefined || secret === undefined) {
    return admitPassphrase({ origin, ...use, place: line.place }, signal);
  }
  // Both a log-in and a secret in the body: a wrong one of either is not tried again.
  const settleSecret = await admitPassphrase({ origin, ...secret, place: line.place }, signal);
  try {
    const settleUser = await admitPassphrase({ origin, ...call.credential, place: line.place }, signal);
    return (verdict) => {
      settleUser(verdict === 'wrong' ? 'unknown' : verdict);
      settleSecret(verdict);
    };
  } catch (error) {
    settleSecret('unknown');
    throw error;
  }
}

/** What a status says of the passphrase that was sent: only answers that come after the log-in say something. */
function verdictOf(call: Call, status: number): PassphraseVerdict {
  if (status === 401 || (call.guarded !== undefined && status === 403)) return 'wrong';
  return (status >= 200 && status < 300) || [304, 403, 404, 409].includes(status) ? 'right' : 'unknown';
}

async function send(line: Line, call: Call, path: string, signal: AbortSignal): Promise<Answer> {
  const { pool, internals, place } = line;
  const [method] = ENDPOINTS[call.endpoint];
  const { limits } = internals;
  const started = performance.now();
  let status: number | undefined;
  try {
    const { statusCode, headers, body } = await pool.request({
      method,
      path: internals.address.base + path,
      headers: headersOf(call),
      body: call.json !== undefined ? JSON.stringify(call.json) : (call.content?.data ?? null),
      headersTimeout: limits.headers,
      bodyTimeout: limits.idle,
      signal,
    });
    status = statusCode;
    return {
      status,
      etag: single(headers.etag),
      contentType: single(headers['content-type']) ?? '',
      body,
      place,
      answerBytes: limits.answerBytes,
      listingBytes: limits.listingBytes,
    };
  } finally {
    internals.report({ method, path, ms: performance.now() - started, status });
  }
}

const single = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

/** The authorization header of a credential. */
export const basic = (credential: { user: string; passphrase: string }): string =>
  `Basic ${Buffer.from(`${credential.user}:${credential.passphrase}`).toString('base64')}`;

function headersOf(call: Call): Record<string, string> {
  return {
    ...(call.credential && { authorization: basic(call.credential) }),
    ...(call.json !== undefined && { 'content-type': 'application/json' }),
    ...(call.content && { 'content-type': call.content.type }),
    ...(call.ifMatch !== undefined && { 'if-match': call.ifMatch }),
    ...(call.createOnly && { 'if-none-match': '*' }),
  };
}

/** Words of an error answer are read up to this many bytes. */
const MESSAGE_BYTES = 64_000;

async function refusal(line: Line, call: Call, answer: Answer, signal: AbortSignal): Promise<Problem> {
  const text = (await readBytes(answer, MESSAGE_BYTES)).toString('utf8');
  const html = isHtml(answer.contentType, text);
  const message = html ? '' : messageOf(text);
  const waits = answer.status === 412 && message === NOT_AVAILABLE;
  return statusProblem({
    place: line.place,
    status: answer.status,
    message,
    html,
    user: call.credential?.user,
    endpoint: ENDPOINTS[call.endpoint][2],
    state: waits ? await stateOf(line, signal) : undefined,
    restored: line.internals.restored,
  });
}

/** The device's words in an error answer: JSON `{"message"}`, or plain text. */
export function messageOf(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === 'string' ? cleanText(message) : '';
  } catch {
    return cleanText(text);
  }
}

async function stateOf(line: Line, signal: AbortSignal): Promise<string | undefined> {
  try {
    const answer = await send(line, { endpoint: 'healthState', credential: undefined }, '/health/state', signal);
    const { state } = JSON.parse((await readBytes(answer, MESSAGE_BYTES)).toString('utf8')) as { state?: unknown };
    return typeof state === 'string' ? state : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a device that keeps a write waiting answers reads meanwhile. */
async function answersReads(line: Line, signal: AbortSignal): Promise<boolean> {
  return (await stateOf(line, signal)) === 'Operational';
}
