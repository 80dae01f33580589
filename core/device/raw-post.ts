import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';

/** A request as bytes: its head, then `before`, the file and `after`, whose lengths the head has announced. */
export interface RawPost {
  headers: string;
  before: Buffer;
  file: Buffer | (() => Readable);
  after: Buffer;
  length: number;
}

/** Time limits, ms: from the last byte to the answer; for a socket that takes nothing; from the half-close to giving up. */
export interface RawTimes {
  answer: number;
  stall: number;
  close: number;
}

export interface RawAnswer {
  status: number;
  body: string;
}

/** An answer of the restore endpoint is a short message. */
const MAX_ANSWER = 64_000;

/**
 * Sends a request on a connection of its own and reads the answer, by hand: HTTP clients reset a connection on a time limit,
 * and a device whose restore is reset never writes again. Here the connection is only ever half-closed (FIN) by us, and left to
 * the device to close. Rejects when no answer came.
 */
export async function sendOnce(socket: Socket, post: RawPost, times: RawTimes): Promise<RawAnswer> {
  // Without a listener an error would end the process; how it ended shows in the answer that is missing.
  socket.on('error', () => {});
  const answer = receive(socket);
  answer.catch(() => {});
  try {
    return (await exchanged(socket, post, times, answer)) ?? fail(new Error('no answer within the time limit'));
  } finally {
    // Left open for the device to close; it does not keep the process alive.
    socket.end();
    socket.resume();
    socket.unref();
  }
}

async function exchanged(
  socket: Socket,
  post: RawPost,
  times: RawTimes,
  answer: Promise<RawAnswer>,
): Promise<RawAnswer | undefined> {
  const stop = new AbortController();
  let failure: unknown;
  try {
    // A device that refuses answers before the body is whole.
    const sent = transmit(socket, post, times.stall, stop.signal);
    await Promise.race([sent, answer]);
    const inTime = await within(answer, times.answer);
    if (inTime !== undefined) return inTime;
  } catch (error) {
    failure = error;
  } finally {
    stop.abort();
  }
  socket.end();
  const late = await within(answer, times.close).catch(() => undefined);
  if (late === undefined && failure !== undefined) throw failure;
  return late;
}

function fail(error: Error): never {
  throw error;
}

async function transmit(socket: Socket, post: RawPost, stall: number, stop: AbortSignal): Promise<void> {
  const head = Buffer.concat([Buffer.from(post.headers, 'latin1'), post.before]);
  if (typeof post.file !== 'function') {
    // One write, so that the device is not kept waiting for a second half.
    return flushed(socket, Buffer.concat([head, post.file, post.after]), stall);
  }
  await flushed(socket, head, stall);
  let left = post.length - post.before.length - post.after.length;
  for await (const chunk of post.file() as AsyncIterable<Buffer>) {
    if (stop.aborted) return;
    left -= chunk.length;
    if (left < 0) throw new RangeError('the file is longer than was announced');
    await flushed(socket, chunk, stall);
  }
  if (stop.aborted) return;
  if (left > 0) throw new RangeError('the file is shorter than was announced');
  await flushed(socket, post.after, stall);
}

/** Writes and waits until the system took it; a device that takes nothing for `stall` ms is given up. */
async function flushed(socket: Socket, bytes: Buffer, stall: number): Promise<void> {
  const written = new Promise<true>((resolve, reject) => {
    socket.write(bytes, (error) => (error ? reject(error) : resolve(true)));
  });
  if ((await within(written, stall)) === undefined) throw new Error('the device takes nothing any more');
}

/** The value, or undefined after `ms`. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Collects the answer until its body is whole or the device closes. */
function receive(socket: Socket): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  let bytes = Buffer.alloc(0);
  const look = (ended: boolean): void => {
    const answer = parseAnswer(bytes, ended);
    if (answer !== undefined) resolve(answer);
    else if (ended || bytes.length > MAX_ANSWER) reject(new Error('the connection ended without an answer'));
  };
  socket.on('data', (chunk: Buffer) => {
    if (bytes.length <= MAX_ANSWER) bytes = Buffer.concat([bytes, chunk]);
    look(false);
  });
  socket.once('end', () => look(true));
  socket.once('close', () => look(true));
  return promise;
}

/** The final answer in the bytes so far; undefined when there is more to come. Interim answers (1xx) are passed over. */
export function parseAnswer(bytes: Buffer, ended: boolean): RawAnswer | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const status = Number(/^HTTP\/1\.[01] (\d{3})\b/.exec(first)?.[1]);
  if (Number.isNaN(status)) return undefined;
  const body = bytes.subarray(end + 4);
  if (status < 200) return parseAnswer(body, ended);
  const header = (name: string) =>
    lines
      .find((line) => line.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim();
  if (status === 204 || status === 304) return { status, body: '' };
  if (header('transfer-encoding')?.toLowerCase() === 'chunked') {
    const text = unchunk(body);
    return text === undefined && !ended ? undefined : { status, body: text ?? '' };
  }
  const length = header('content-length');
  const whole = length === undefined ? ended : body.length >= Number(length);
  return whole || ended ? { status, body: body.toString('utf8', 0, Number(length ?? body.length)) } : undefined;
}

/** The content of a chunked body; undefined while it is not whole. */
function unchunk(body: Buffer): string | undefined {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const line = body.indexOf('\r\n', at);
    if (line < 0) return undefined;
    // Digits only: a negative size would lead back to where it stands, for ever.
    const digits = /^([0-9a-f]{1,8})[ \t]*(?:;|$)/i.exec(body.toString('latin1', at, line))?.[1];
    if (digits === undefined) return undefined;
    const size = Number.parseInt(digits, 16);
    if (size === 0) return Buffer.concat(parts).toString('utf8');
    if (body.length < line + 2 + size + 2) return undefined;
    parts.push(body.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}
