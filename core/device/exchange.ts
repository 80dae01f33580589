import { isProblem, Problem } from '../problem.ts';
import type { Answer } from './answer.ts';
import { isHtml, readBytes } from './answer.ts';
import { cleanText } from './clean-text.ts';
import { basic, type Sent, withoutSecrets } from './echo.ts';
import { ENDPOINTS, endpointPath } from './endpoints.ts';
import type { Call, NodeInternals } from './node.ts';
import { admitPassphrase, type PassphraseVerdict } from './passphrase-guard.ts';
import { NOT_AVAILABLE, statusProblem, WRONG_SECRET, writeBlocked } from './status-problem.ts';
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
  const writes = ENDPOINTS[call.endpoint][2] === 'write';
  const path = endpointPath(call.endpoint, call.params ?? {}, line.place);
  const settle = await admit(line, call, signal);
  const { own } = line.internals;
  let seen: Seen | undefined;
  if (writes) own.begun += 1;
  try {
    const answer = await send(line, call, path, signal);
    seen = { status: answer.status, ...NO_WORDS };
    if (writes && answer.status >= 200 && answer.status < 300) own.done += 1;
    if ((answer.status >= 200 && answer.status < 300) || (answer.status === 304 && call.notModified)) return answer;
    const text = (await readBytes(answer, MESSAGE_BYTES)).toString('utf8');
    const html = isHtml(answer.contentType, text);
    Object.assign(seen, html ? NO_WORDS : wordsOf(text, call));
    throw await refusal(line, call, { ...seen, html }, signal);
  } catch (error) {
    if (isProblem(error)) throw error;
    if (writes && codeOf(error) === 'UND_ERR_HEADERS_TIMEOUT' && (await stateOf(line, signal)) === 'Operational') {
      const [kind, cause, remedy] = writeBlocked('a write got no answer within the time limit while reads go on');
      throw new Problem({ kind, place: line.place, cause, remedy }, { cause: error });
    }
    throw transportProblem(error, { place: line.place, writes, signal: call.signal });
  } finally {
    if (writes) own.ended += 1;
    settle(seen);
  }
}

/** What an answer said, as far as it came. */
interface Seen extends Words {
  status: number;
}

/** Lets the passphrases of a call be used, and gives what to call with the answer. */
async function admit(line: Line, call: Call, signal: AbortSignal): Promise<(seen: Seen | undefined) => void> {
  const { origin } = line.internals.address;
  const { credential, guarded } = call;
  const settleSecret =
    guarded &&
    (await admitPassphrase(
      { origin, user: `(${guarded.name})`, passphrase: guarded.secret, place: line.place },
      signal,
    ));
  try {
    const settleUser = credential && (await admitPassphrase({ origin, ...credential, place: line.place }, signal));
    return (seen) => {
      settleSecret?.(secretVerdict(seen));
      settleUser?.(userVerdict(seen?.status));
    };
  } catch (error) {
    settleSecret?.('unknown');
    throw error;
  }
}

/** What a status says of a user's passphrase: only answers that come after the log-in say that it is right. */
export function userVerdict(status: number | undefined): PassphraseVerdict {
  if (status === undefined) return 'unknown';
  if (status === 401) return 'wrong';
  return status < 300 || [304, 403, 404, 409].includes(status) ? 'right' : 'unknown';
}

function secretVerdict(seen: Seen | undefined): PassphraseVerdict {
  if (seen === undefined) return 'unknown';
  if (seen.status === 403 && WRONG_SECRET.test(seen.message)) return 'wrong';
  return seen.status < 300 ? 'right' : 'unknown';
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
      headersTimeout: isHealth(call) ? Math.min(limits.health, limits.headers) : limits.headers,
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
      listingIds: limits.listingIds,
    };
  } finally {
    internals.report({ method, path, ms: performance.now() - started, status });
  }
}

const isHealth = ({ endpoint }: Call): boolean => endpoint === 'healthState' || endpoint === 'healthReady';

const single = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

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

async function refusal(line: Line, call: Call, seen: Seen & { html: boolean }, signal: AbortSignal): Promise<Problem> {
  const waits = seen.status === 412 && seen.message === NOT_AVAILABLE;
  return statusProblem({
    place: line.place,
    ...seen,
    user: call.credential?.user,
    endpoint: call.endpoint,
    state: waits ? await stateOf(line, signal) : undefined,
    restored: line.internals.restored,
  });
}

/** The device's words in an error answer, fit for a line: as they came, to decide by, and without what we sent in secret, to show. */
export interface Words {
  message: string;
  shown: string;
}

export const NO_WORDS: Words = { message: '', shown: '' };

/** The words of an error answer: JSON `{"message"}`, or plain text. */
export function wordsOf(text: string, sent: Sent): Words {
  const words = messageIn(text);
  return { message: cleanText(words), shown: cleanText(withoutSecrets(words, sent)) };
}

function messageIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === 'string' ? message : '';
  } catch {
    return text;
  }
}

/** The state of the device, looked up to tell one refusal or silence from another; undefined when it does not say. */
async function stateOf(line: Line, signal: AbortSignal): Promise<string | undefined> {
  try {
    const answer = await send(line, { endpoint: 'healthState', credential: undefined }, '/health/state', signal);
    const { state } = JSON.parse((await readBytes(answer, MESSAGE_BYTES)).toString('utf8')) as { state?: unknown };
    return typeof state === 'string' ? state : undefined;
  } catch {
    return undefined;
  }
}
