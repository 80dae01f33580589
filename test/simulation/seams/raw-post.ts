/** A restore body on its way through the world's network: sent to its end, waited for, never aborted, as the real one. */
import type { Readable } from 'node:stream';
import type { RawAnswer, RawPost, RawTimes } from '../../../core/device/raw-post.ts';
import { send } from '../network/send.ts';

export async function sendOnce(socket: { origin: string }, post: RawPost, times: RawTimes): Promise<RawAnswer> {
  const [first = '', ...lines] = post.headers.split('\r\n');
  const [method = '', path = ''] = first.split(' ');
  const headers = Object.fromEntries(
    lines
      .filter((line) => line !== '')
      .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const body = Buffer.concat([post.before, await bytesOf(post.file), post.after]);
  const timeout = times.answer + times.close;
  const { status, body: answer } = await send({ origin: socket.origin, method, path, headers, body, timeout });
  return { status, body: answer.toString() };
}

async function bytesOf(file: RawPost['file']): Promise<Buffer> {
  if (Buffer.isBuffer(file)) return file;
  const chunks: Buffer[] = [];
  for await (const chunk of (file as () => Readable)()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
