/** The pool of connections of `core/device`, onto the world's network. */
import { Readable } from 'node:stream';
import { type Reply, send } from '../network/send.ts';

interface Asked {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | Uint8Array | null;
  headersTimeout: number;
  bodyTimeout: number;
  signal: AbortSignal;
}

export class Pool {
  private readonly origin: string;

  constructor(origin: string) {
    this.origin = origin;
  }

  async request(asked: Asked) {
    const { method, path, headers, body, headersTimeout, bodyTimeout, signal } = asked;
    const reply = await send({
      origin: this.origin,
      method,
      path,
      headers,
      body: body === null ? Buffer.alloc(0) : Buffer.from(body as string),
      timeout: headersTimeout,
      signal,
    });
    return { statusCode: reply.status, headers: reply.headers, body: bodyOf(reply, bodyTimeout) };
  }

  async destroy(): Promise<void> {}
}

function bodyOf({ body, end, stall }: Reply, timeout: number): Readable {
  let given = false;
  const stream = new Readable({
    read() {
      if (given) return;
      given = true;
      if (body.length > 0) stream.push(body);
      if (end === 'whole') stream.push(null);
      else if (end === 'cut') stream.destroy(codedError('UND_ERR_SOCKET', 'other side closed'));
      else stall(timeout, () => stream.destroy(codedError('UND_ERR_BODY_TIMEOUT', 'body timeout')));
    },
  });
  return stream;
}

/** An error as undici throws it. */
export const codedError = (code: string, text: string): Error => Object.assign(new Error(text), { code });

export const buildConnector = (): never => {
  throw new Error('nothing connects in this world');
};
