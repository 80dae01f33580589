import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { BASIC, SECRET } from './hostile-text.ts';

/** What a hostile device writes for a request, in how many pieces, and how it leaves. */
export interface HostileAnswer {
  bytes: Buffer;
  pieces: number;
  leaves: 'closes' | 'resets' | 'stays';
}

/** A server that answers every request with the bytes it was told to. It keeps no process alive. */
export interface HostileServer {
  url: string;
  answer: HostileAnswer;
}

/** Starts it on loopback. */
export async function startHostileServer(): Promise<HostileServer> {
  const hostile: HostileServer = { url: '', answer: { bytes: Buffer.alloc(0), pieces: 1, leaves: 'closes' } };
  const server: Server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {}).unref();
    let head = '';
    socket.on('data', (chunk) => {
      const before = head.length;
      head = (head + chunk.toString('latin1')).slice(-200_000);
      if (before === 0 && head.includes('\r\n\r\n')) void answer(socket, hostile.answer, head);
    });
    // A client that has given up half-closes; we do the same, so that nothing stays behind.
    socket.on('end', () => socket.end());
  });
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  hostile.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`;
  return hostile;
}

async function answer(socket: Socket, { bytes, pieces, leaves }: HostileAnswer, request: string): Promise<void> {
  const known = onlyKnown(bytes, request);
  const size = Math.max(1, Math.ceil(known.length / pieces));
  for (let at = 0; at < known.length && !socket.destroyed; at += size) {
    socket.write(known.subarray(at, at + size));
    if (pieces > 1) await turn();
  }
  if (leaves === 'closes') socket.end();
  else if (leaves === 'resets') socket.resetAndDestroy();
}

/** A server can only send back the secrets that it got. */
function onlyKnown(bytes: Buffer, request: string): Buffer {
  let text = bytes.toString('latin1');
  if (!request.includes(BASIC)) text = text.replaceAll(BASIC, 'x'.repeat(BASIC.length));
  if (!request.includes(BASIC) && !request.includes(SECRET)) text = text.replaceAll(SECRET, 'x'.repeat(SECRET.length));
  return text.length < 100_000 ? Buffer.from(text, 'latin1') : bytes;
}
