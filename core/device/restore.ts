import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { isProblem, Problem } from '../problem.ts';
import { basic } from './echo.ts';
import { ENDPOINTS } from './endpoints.ts';
import { userVerdict, wordsOf } from './exchange.ts';
import { readState } from './health.ts';
import { type CallOptions, type Credential, type DeviceNode, internalsOf, type NodeInternals } from './node.ts';
import { admitPassphrase, forgetRefusals } from './passphrase-guard.ts';
import { type RawAnswer, sendOnce } from './raw-post.ts';
import { statusProblem } from './status-problem.ts';
import { cancelled, transportProblem } from './transport-problem.ts';

const brand: unique symbol = Symbol('restore body');

/** The content of a restore body: an append whole in memory, a whole backup as a stream of known length. */
export type RestoreContent =
  | { readonly kind: 'append'; readonly arguments: string; readonly file: Buffer }
  | { readonly kind: 'whole'; readonly arguments: string; readonly file: () => Readable; readonly length: number };

/** A body that may go to the restore endpoint. Only {@link brandRestoreBody} makes one. */
export type RestoreBody = RestoreContent & { readonly [brand]: true };

/**
 * Makes a restore body. Only `core/transfer/append-body.ts` and `core/transfer/whole-body.ts` may call this (a test looks for it):
 * a wrong body ruins a device, and these two files are where bodies are built right.
 */
export const brandRestoreBody = (content: RestoreContent): RestoreBody => ({ ...content, [brand]: true });

/** The device's words after an append that stored everything; together with status 400. The read-back must agree. */
export const APPENDED_MESSAGE = 'The backup file was truncated. Present keys were still restored.';

/** An append's file: 512 entries and 1 MB of them, a header, the unlock salt. */
const MAX_APPEND = 1_200_000;

/** What the restore endpoint answered; what it did is for the read-back to say. */
export interface RestoreAnswer {
  status: number;
  /** The device's words, cleaned. */
  message?: string;
}

/** A refusal that came before the file was looked at: nothing was changed. */
const REFUSED = [401, 403, 404, 405, 412, 429];

/**
 * Sends a restore body to one node, once, with the credential of an R-Administrator (none for an unprovisioned device).
 * Cancelling works until the first byte is sent; from there the body is sent to its end and the answer waited for: a reset
 * in between leaves the device unable to write. After the time limit the connection is half-closed, never reset.
 * Throws when the device refused untouched; `unreachable` with "nothing was sent" when there was no connection, and
 * `unreachable` with "perhaps done" when no answer came.
 */
export async function postRestore(
  node: DeviceNode,
  credential: Credential | undefined,
  body: RestoreBody,
  options: CallOptions = {},
): Promise<RestoreAnswer> {
  checkAppend(body);
  const internals = internalsOf(node);
  const signal = options.signal ?? new AbortController().signal;
  const { origin } = internals.address;
  let settle: Awaited<ReturnType<typeof admitPassphrase>> = () => {};
  let sent = false;
  let answer: RawAnswer | undefined;
  try {
    if (credential) settle = await admitPassphrase({ origin, ...credential, place: node.place }, signal);
    const socket = await internals.connect(signal);
    if (signal.aborted) {
      socket.destroy();
      throw cancelled(node.place, false);
    }
    sent = true;
    internals.restored = true;
    internals.own.begun += 1;
    const multipart = multipartOf(body);
    answer = await reported(
      internals,
      sendOnce(
        socket,
        { ...multipart, headers: headersOf(node, internals, credential, multipart) },
        timesOf(body, internals),
      ),
    );
  } catch (error) {
    throw sent ? noAnswer(error, node.place) : transportProblem(error, { place: node.place, writes: false, signal });
  } finally {
    settle(userVerdict(answer?.status));
    if (sent) internals.own.ended += 1;
    // An append is answered 400; one that was stored in part only may have been a write or not.
    if (answer !== undefined && (answer.status < 300 || answer.body.includes(APPENDED_MESSAGE)))
      internals.own.done += 1;
    // Users may have come back with the restore: what was refused before may be right now.
    if (answer !== undefined && !REFUSED.includes(answer.status)) forgetRefusals(origin);
  }
  return judge(answer, node, credential);
}

function checkAppend(body: RestoreBody): void {
  if (body.kind !== 'append') return;
  if (body.arguments !== '{}') throw new RangeError('an append is sent with {} as its arguments');
  if (body.file.length > MAX_APPEND) throw new RangeError(`an append has at most ${MAX_APPEND} bytes`);
}

const timesOf = (body: RestoreBody, { limits }: NodeInternals) => ({
  answer: body.kind === 'append' ? limits.restoreAnswer : limits.restoreAnswer * 10,
  stall: limits.restoreAnswer,
  close: limits.restoreClose,
});

interface Multipart {
  type: string;
  before: Buffer;
  file: RestoreContent['file'];
  after: Buffer;
  length: number;
}

function multipartOf(body: RestoreBody): Multipart {
  const boundary = `----nethsm-replication-${randomBytes(18).toString('hex')}`;
  const before = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="arguments"\r\nContent-Type: application/json\r\n\r\n${body.arguments}\r\n` +
      `--${boundary}\r\nContent-Disposition: form-data; name="backup_file"; filename="backup.bin"\r\nContent-Type: application/octet-stream\r\n\r\n`,
  );
  const after = Buffer.from(`\r\n--${boundary}--\r\n`);
  const fileLength = body.kind === 'append' ? body.file.length : body.length;
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    before,
    file: body.file,
    after,
    length: before.length + fileLength + after.length,
  };
}

function headersOf(
  node: DeviceNode,
  { address }: NodeInternals,
  credential: Credential | undefined,
  multipart: Multipart,
): string {
  const [method, path] = ENDPOINTS.postRestore;
  return [
    `${method} ${address.base}${path} HTTP/1.1`,
    `Host: ${new URL(node.url).host}`,
    ...(credential ? [`Authorization: ${basic(credential)}`] : []),
    `Content-Type: ${multipart.type}`,
    `Content-Length: ${multipart.length}`,
    'Connection: close',
    '\r\n',
  ].join('\r\n');
}

async function reported(internals: NodeInternals, exchange: Promise<RawAnswer>): Promise<RawAnswer> {
  const started = performance.now();
  const [method, path] = ENDPOINTS.postRestore;
  let status: number | undefined;
  try {
    const answer = await exchange;
    status = answer.status;
    return answer;
  } finally {
    internals.report({ method, path, ms: performance.now() - started, status });
  }
}

async function judge(answer: RawAnswer, node: DeviceNode, credential: Credential | undefined): Promise<RestoreAnswer> {
  const { message, shown } = wordsOf(answer.body, { credential, json: undefined });
  if (REFUSED.includes(answer.status) || (answer.status >= 300 && answer.status < 400)) {
    throw statusProblem({
      place: node.place,
      status: answer.status,
      message,
      shown,
      html: false,
      user: credential?.user,
      endpoint: 'postRestore',
      state: answer.status === 412 ? await readState(node).catch(() => undefined) : undefined,
      restored: false,
    });
  }
  const words = message === APPENDED_MESSAGE ? message : shown;
  return { status: answer.status, ...(words !== '' && { message: words }) };
}

function noAnswer(error: unknown, place: string): Problem {
  if (isProblem(error)) return error;
  return new Problem(
    {
      kind: 'unreachable',
      place,
      cause: 'the restore body was sent and no answer came: perhaps it was done',
      remedy: 'Read the device back, then check that it still accepts writes (doctor) before anything else is sent',
    },
    { cause: error },
  );
}
