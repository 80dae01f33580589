/** The way from the engine to the nodes: everything that a network does to a request happens here, when the driver says. */

import type { FaultKind } from '../../../practice/index.ts';
import type { PracticeNode } from '../../../practice/node.ts';
import { later, note, soon, world } from '../world/world.ts';
import { type Answered, type Asked, callNode } from './call-node.ts';

/** One life of a process that uses the engine; dead after a crash, and nothing it asked for is answered then. */
export interface Life {
  who: string;
  dead: boolean;
}

/** A node as one life of a process reaches it. */
export interface Line {
  life: Life;
  device: string;
  node: PracticeNode;
}

/** What becomes of a request. */
export type Fate =
  | { kind: 'pass' }
  | { kind: 'unconnected'; code: string }
  | { kind: 'crash'; effect: boolean }
  | { kind: 'fault'; fault: FaultKind };

/** Who decides what becomes of requests, and looks on. */
export interface Stage {
  fateOf(line: Line, asked: Asked): Fate;
  /** Whether a connection stands; a code when not. */
  connects(line: Line): string | undefined;
  onAsked(line: Line, asked: Asked): void;
  onAnswered(line: Line, asked: Asked, answered: Answered): void;
  /** A life ended between two of its requests. */
  onCrash(life: Life): void;
}

/** An answer as the engine gets it. */
export interface Reply extends Answered {
  /** Calls back once the rest of a stalled answer has been waited for so long. */
  stall(timeout: number, then: () => void): void;
}

const lines = new Map<string, Line>();
let stage: Stage | undefined;

/** Begins a story: other lines, another stage. */
export function setStage(next: Stage): void {
  lines.clear();
  stage = next;
}

/** A base URL of its own for a node and a life. No life shares one, so that nothing the engine remembers by address outlives it. */
export function openLine(line: Line): string {
  storyLines++;
  const origin = `http://127.${(storyLines >> 16) & 255}.${(storyLines >> 8) & 255}.${storyLines & 255}`;
  lines.set(origin, line);
  return `${origin}/api/v1`;
}
let storyLines = 0;

function lineOf(origin: string): Line {
  const line = lines.get(origin);
  // A life of an earlier story: it is over.
  return line ?? { life: { who: 'somebody of before', dead: true }, device: '', node: undefined as never };
}

const givenUp = new WeakSet<Asked>();
/** Whether nobody waits for the answer to a request any more: what it does is nobody's doing. */
export const isGivenUp = (asked: Asked): boolean => givenUp.has(asked);

const failure = (code: string): Error => Object.assign(new Error(code), { code });

/** Resolves when a connection stands. */
export async function connected(origin: string): Promise<void> {
  const line = lineOf(origin);
  if (line.life.dead) return new Promise<never>(() => {});
  const code = stage?.connects(line);
  if (code !== undefined) throw failure(code);
}

/** Sends a request; settles when the driver lets it. Rejects with the codes that sockets and undici use. */
export function send(request: Asked & { origin: string; timeout: number; signal?: AbortSignal }): Promise<Reply> {
  const line = lineOf(request.origin);
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const asked: Asked = { method: request.method, path: request.path, headers: request.headers, body: request.body };
  const title = `${line.life.who} → ${line.device}: ${asked.method} ${asked.path.replace('/api/v1', '')}`;
  let over = false;
  const end = (finish: () => void): void => {
    if (over || line.life.dead) return;
    over = true;
    cancel();
    finish();
  };
  const giveUp = (reason: unknown): void =>
    end(() => {
      givenUp.add(asked);
      reject(reason);
    });
  const cancel = later(request.timeout, () => {
    note(`${title} — no answer`);
    giveUp(failure('UND_ERR_HEADERS_TIMEOUT'));
  });
  request.signal?.addEventListener('abort', () => giveUp(request.signal?.reason), { once: true });
  const answer = (answered: Answered): void => {
    note(`${title} — ${answered.end === 'whole' ? '' : `${answered.end} `}${answered.status}`);
    if (line.life.dead) return;
    stage?.onAnswered(line, asked, answered);
    if (answered.end === 'none') end(() => reject(failure('ECONNRESET')));
    else end(() => resolve({ ...answered, stall: (ms, then) => void later(ms, then) }));
  };
  soon(title, () => {
    if (over || line.life.dead || stage === undefined) return;
    world().requests++;
    const fate = stage.fateOf(line, asked);
    if (fate.kind === 'unconnected') {
      note(`${title} — ${fate.code}`);
      return end(() => reject(failure(fate.code)));
    }
    if (fate.kind === 'crash' && !fate.effect) return stage.onCrash(line.life);
    stage.onAsked(line, asked);
    if (fate.kind === 'fault') line.node.faults.push({ ...fate.fault });
    const done = callNode(line.node, asked, { who: line.life.who, kind: 'engine' });
    if (fate.kind === 'crash') {
      stage.onCrash(line.life);
      return;
    }
    done.then((answered) => soon(`answer to ${title}`, () => answer(answered)));
  });
  return promise;
}
