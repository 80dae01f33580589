/**
 * The body of a restore as the device sees it: closed by FIN before its end it is a short file, reset (RST) it is neither
 * here nor there. node:http tells the two apart only through its `clientError` event.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** The connection was reset in the middle of a body. */
export class ResetBody extends Error {}

interface Watch {
  closed: () => void;
  reset: () => void;
}

const watched = new WeakMap<Duplex, Watch>();

/** The `clientError` listener of a practice server. */
export function onClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  const watch = watched.get(socket);
  if (watch === undefined) {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
  } else if (error.code === 'HPE_INVALID_EOF_STATE') watch.closed();
  else watch.reset();
}

/** The chunks of a body; can be read on after an early stop. Throws {@link ResetBody}. */
export function incoming(request: IncomingMessage): AsyncIterable<Buffer> {
  const chunks: Buffer[] = [];
  let ended: 'no' | 'yes' | 'reset' = 'no';
  let wake = (): void => {};
  const end = (how: 'yes' | 'reset') => {
    if (ended === 'no') ended = how;
    wake();
  };
  watched.set(request.socket, { closed: () => end('yes'), reset: () => end('reset') });
  request.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    if (chunks.length > 64) request.pause();
    wake();
  });
  request.on('end', () => {
    watched.delete(request.socket);
    end('yes');
  });
  request.on('close', () => end('reset'));
  if (request.destroyed && !request.readableEnded) end('reset');
  const next = async (): Promise<IteratorResult<Buffer>> => {
    for (;;) {
      const chunk = chunks.shift();
      if (chunk !== undefined) {
        if (chunks.length === 0) request.resume();
        return { done: false, value: chunk };
      }
      if (ended === 'reset') throw new ResetBody('the connection was reset');
      if (ended === 'yes') return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  // No `return`: whoever stops early leaves the rest to be drained.
  return { [Symbol.asyncIterator]: () => ({ next }) };
}
