import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { handle } from '../../../practice/http.ts';
import type { PracticeNode } from '../../../practice/node.ts';
import { writeCountersHourly } from '../../../practice/power.ts';

/** A request as it arrives at a node. */
export interface Asked {
  method: string;
  /** With `/api/v1`. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
}

/** What came back: `none` when the connection ended without an answer. */
export interface Answered {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
  end: 'whole' | 'cut' | 'stall' | 'none';
}

/** Who writes, for whoever watches the stores. */
export interface Writer {
  who: string;
  kind: 'engine' | 'keeper' | 'application' | 'operator' | 'nobody';
  asked: Asked | undefined;
}

const writers = new AsyncLocalStorage<Writer>();
/** On whose behalf a store is written just now. */
export const writerNow = (): Writer => writers.getStore() ?? DEVICE_ITSELF;

const DEVICE_ITSELF: Writer = { who: 'the device', kind: 'nobody', asked: undefined };

const SLICE = 512;

/** Has a node of a practice device answer a request, without a socket. Never settles where the device never answers. */
export function callNode(node: PracticeNode, asked: Asked, writer: Omit<Writer, 'asked'>): Promise<Answered> {
  return new Promise((resolve) => {
    const none = (): void => resolve({ status: 0, headers: {}, body: Buffer.alloc(0), end: 'none' });
    const request = requestOf(asked, none);
    const response = responseTo(resolve, none);
    // With the first request after the hour; nobody's doing.
    writers.run(DEVICE_ITSELF, () => writeCountersHourly(node));
    writers.run({ ...writer, asked }, () => {
      handle(node, request, response).then(
        () => response.finished(),
        () => none(),
      );
    });
  });
}

function requestOf({ method, path, headers, body }: Asked, cut: () => void): IncomingMessage {
  let given = false;
  const request = new Readable({
    read() {
      if (given) return;
      given = true;
      for (let at = 0; at < body.length; at += SLICE) request.push(body.subarray(at, at + SLICE));
      request.push(null);
    },
  });
  const end = (): void => {
    request.destroy();
    cut();
  };
  const socket = { remoteAddress: '127.0.0.1', destroy: end, resetAndDestroy: end };
  const all = { ...headers, 'content-length': String(body.length) };
  return Object.assign(request, { method, url: path, headers: all, socket }) as unknown as IncomingMessage;
}

function responseTo(done: (answered: Answered) => void, none: () => void) {
  const chunks: Buffer[] = [];
  let head: { status: number; headers: Record<string, string> } | undefined;
  let ended = false;
  const finish = (end: Answered['end']): void => {
    if (ended) return;
    ended = true;
    if (head === undefined) none();
    else done({ ...head, body: Buffer.concat(chunks), end });
  };
  const response = {
    destroyed: false,
    writeHead: (status: number, headers: Record<string, string | number>) => {
      const texts = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
      head = { status, headers: Object.fromEntries(texts) };
    },
    write: (chunk: Buffer) => {
      chunks.push(Buffer.from(chunk));
      return true;
    },
    end: (chunk?: string) => {
      if (chunk !== undefined && chunk !== '') chunks.push(Buffer.from(chunk));
      finish('whole');
    },
    destroy: () => {
      response.destroyed = true;
      finish('cut');
    },
    flushHeaders: () => {},
    on: () => {},
    off: () => {},
    /** The device has nothing more to say and did not end: it stalls. */
    finished: () => finish('stall'),
  };
  return response as typeof response & ServerResponse;
}
