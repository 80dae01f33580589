/**
 * Disasters on demand: what a network, a proxy or a device may do to a request, for tests and for people who practise.
 * A fault waits on a node until a request fits, hits as often as `times` says, and is gone.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Limit } from './send.ts';

/** What goes wrong with a request. */
export type FaultKind =
  /** Begins to work only after so many milliseconds. */
  | { kind: 'slow'; ms: number }
  /** Cuts the connection before anything happens. */
  | { kind: 'cut-before' }
  /** Does what was asked, then cuts the connection instead of answering. */
  | { kind: 'cut-after' }
  /** Sends the head and so many bytes of the answer's body, then cuts. */
  | { kind: 'cut-answer'; bytes: number }
  /** Sends the head and so many bytes of the answer's body, then nothing more; the connection stays. */
  | { kind: 'stall-answer'; bytes: number }
  /** Resets the connection (RST) once so many bytes of the request's body have come. */
  | { kind: 'reset-in-body'; bytes: number }
  /** Answers something else, before any effect: 412, 500, a proxy's page. */
  | { kind: 'answer'; status: number; type?: string; body?: string };

/** A fault, and whom it hits. */
export type Fault = FaultKind & {
  /** `GET`, `PUT` …; any when absent. */
  method?: string;
  /** Fits the path below `/api/v1`; any when absent. */
  path?: RegExp;
  /** How many requests it hits: 1 when absent. */
  times?: number;
};

/** What a proxy in front of a device says when it does not reach it. */
export const PROXY_PAGE: FaultKind = {
  kind: 'answer',
  status: 502,
  type: 'text/html',
  body: '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>',
};

/** Takes the first fault that fits a request off the list. */
export function takeFault(faults: Fault[], method: string, path: string): Fault | undefined {
  const index = faults.findIndex(
    (fault) => (fault.method ?? method) === method && (fault.path === undefined || fault.path.test(path)),
  );
  const fault = faults[index];
  if (fault === undefined) return undefined;
  const left = (fault.times ?? 1) - 1;
  if (left > 0) faults[index] = { ...fault, times: left };
  else faults.splice(index, 1);
  return fault;
}

/** Plays what happens before the effect; true when the request ends with it. */
export async function beforeEffect(
  fault: Fault | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (fault?.kind === 'slow') await sleep(fault.ms);
  if (fault?.kind === 'cut-before') {
    request.socket.destroy();
    return true;
  }
  if (fault?.kind === 'answer') {
    request.resume();
    response.writeHead(fault.status, { 'content-type': fault.type ?? 'application/json' });
    response.end(fault.body ?? '');
    return true;
  }
  if (fault?.kind === 'reset-in-body') resetAfter(request, fault.bytes);
  return false;
}

/** Counts the bytes where the parser hands them over, so that the resource reads its body undisturbed. */
function resetAfter(request: IncomingMessage, bytes: number): void {
  const push = request.push.bind(request);
  let left = bytes;
  request.push = (chunk: Buffer | null) => {
    if (left <= 0) return false;
    left -= chunk?.length ?? 0;
    const more = push(chunk);
    if (left <= 0) request.socket.resetAndDestroy();
    return more;
  };
}

/** How many bytes of the answer's body may go out, and what follows them. */
export function answerLimit(fault: Fault | undefined): Limit | undefined {
  if (fault?.kind === 'cut-after') return { bytes: -1, after: 'cut' };
  if (fault?.kind === 'cut-answer') return { bytes: fault.bytes, after: 'cut' };
  if (fault?.kind === 'stall-answer') return { bytes: fault.bytes, after: 'stall' };
  return undefined;
}
