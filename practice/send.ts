import type { ServerResponse } from 'node:http';
import type { Answer } from './answer.ts';

/** How many bytes of a body may go out (-1: not even the head), and what follows them. */
export interface Limit {
  bytes: number;
  after: 'cut' | 'stall';
}

async function* single(body: string | Buffer): AsyncGenerator<Buffer> {
  if (body.length > 0) yield Buffer.from(body as string);
}

/** Sends an answer, whole or up to a limit. */
export async function send(
  response: ServerResponse,
  answer: Answer,
  type: string | null,
  options: { head: boolean; limit: Limit | undefined },
): Promise<void> {
  const { body = '' } = answer;
  const headers: Record<string, string | number> = { ...answer.headers };
  if (type !== null) headers['content-type'] = type;
  const whole = typeof body === 'string' || Buffer.isBuffer(body);
  if (whole && answer.status !== 204 && answer.status !== 304) headers['content-length'] = Buffer.byteLength(body);
  if (options.limit?.bytes === -1) {
    response.destroy();
    return;
  }
  response.writeHead(answer.status, headers);
  let left = options.limit?.bytes ?? Number.POSITIVE_INFINITY;
  if (!options.head) {
    for await (const chunk of whole ? single(body) : body) {
      if (response.destroyed) return;
      const part = chunk.subarray(0, left);
      left -= part.length;
      if (!response.write(part)) await drained(response);
      if (left === 0) break;
    }
  }
  if (options.limit === undefined) response.end();
  else if (options.limit.after === 'cut') {
    await flushed(response);
    response.destroy();
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      response.off('drain', go);
      response.off('close', go);
      resolve();
    };
    response.on('drain', go);
    response.on('close', go);
  });
}

const flushed = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    response.flushHeaders();
    setImmediate(resolve);
  });
