import {
  type CancellationToken,
  type Connection,
  ErrorCodes,
  LSPErrorCodes,
  ResponseError,
} from 'vscode-languageserver';
import { asProblem } from '../../core/as-problem.ts';
import { asked } from '../language/asked.ts';
import type { FactsStore } from '../language/facts-store.ts';
import { type Command, carryOut } from './commands/carry-out.ts';
import { COMMANDS } from './commands/commands.ts';
import { endPractice } from './commands/practice.ts';
import { preview } from './commands/preview.ts';
import { createEngine, type Editor, type Engine } from './engine/engine.ts';
import { problemData } from './look/problem-data.ts';
import type { EngineOptions, News, Questions, Reads, Requests } from './protocol.ts';
import { activity } from './reads/activity.ts';
import { archiveKeys } from './reads/archive-keys.ts';
import { archives } from './reads/archives.ts';
import { deviceDetails } from './reads/device-details.ts';
import { devices } from './reads/devices.ts';
import { drift } from './reads/drift.ts';
import { keyDetails, keys } from './reads/keys.ts';
import { overview } from './reads/overview.ts';
import { probe } from './reads/probe.ts';
import { text } from './reads/text.ts';

/** What the engine takes of the language server beside it. */
export interface Beside {
  store: FactsStore;
  /** All manifests of the workspace, by URI. */
  manifests(): Promise<string[]>;
  /** Told when there are others, or they changed. */
  onManifests(listener: () => void): void;
  env?: NodeJS.ProcessEnv;
}

type Handlers = {
  [M in keyof Reads]: (engine: Engine, params: Reads[M][0], signal: AbortSignal) => Promise<Reads[M][1]> | Reads[M][1];
};

const READS: Handlers = {
  'nethsm/overview': overview,
  'nethsm/devices': devices,
  'nethsm/deviceDetails': deviceDetails,
  'nethsm/keys': keys,
  'nethsm/key': keyDetails,
  'nethsm/drift': drift,
  'nethsm/text': text,
  'nethsm/archives': archives,
  'nethsm/archiveKeys': archiveKeys,
  'nethsm/activity': activity,
  'nethsm/preview': (engine, params, signal) => preview(engine, params, { signal }),
  'nethsm/probe': probe,
  'nethsm/forgetSecrets': (engine, { manifest, device }) => {
    engine.secrets.forget(manifest, device);
    return null;
  },
};

/** Ties the engine to a connection. The caller listens, and closes the engine with the connection. */
export function serveOperations(connection: Connection, { store, manifests, onManifests, env }: Beside): Engine {
  const engine = createEngine(editorAt(connection, manifests), store, env);
  for (const [method, handle] of Object.entries(READS)) {
    const read = handle as (engine: Engine, params: unknown, signal: AbortSignal) => unknown;
    connection.onRequest(method, (params: unknown, token: CancellationToken) =>
      answer(signalOf(token), (signal) => read(engine, params, signal)),
    );
  }
  for (const [name, command] of Object.entries(COMMANDS)) {
    connection.onRequest(`nethsm/do/${name}`, (params: unknown, token: CancellationToken) =>
      carryOut(engine, command as unknown as Command<'diff'>, params as Requests['nethsm/do/diff'][0], signalOf(token)),
    );
  }
  onManifests(() => engine.editor.changed({ what: 'manifests' }));
  connection.onNotification('nethsm/options', (options: EngineOptions) => setOptions(engine, options));
  return engine;
}

/** Takes over what the surroundings allow; without trust all connections and secrets go. */
export function setOptions(engine: Engine, { trusted, stateFolder }: EngineOptions): void {
  engine.options.trusted = trusted === true;
  if (stateFolder !== undefined) engine.options.stateFolder = stateFolder;
  if (engine.options.trusted) return;
  engine.secrets.forget();
  void engine.sessions.close();
}

/** Ends what the engine has open. */
export async function closeEngine(engine: Engine): Promise<void> {
  await endPractice(engine);
  await engine.close();
}

function editorAt(connection: Connection, manifests: Beside['manifests']): Editor {
  // What is learnt after the editor has gone is told to nobody.
  const tell = <M extends keyof News>(method: M, params: News[M]): void =>
    asked((async () => connection.sendNotification(method, params))());
  const ask = <M extends keyof Questions>(method: M, params: Questions[M][0]): Promise<Questions[M][1]> =>
    connection.sendRequest(method, params);
  return {
    manifests,
    changed: (change) => tell('nethsm/changed', change),
    progress: (progress) => tell('nethsm/progress', progress),
    secretOutcome: (outcome) => tell('nethsm/secretOutcome', outcome),
    secret: (params) => ask('nethsm/secret', params),
    confirm: (params) => ask('nethsm/confirmDevice', params),
  };
}

function signalOf(token: CancellationToken): AbortSignal {
  const own = new AbortController();
  if (token.isCancellationRequested) own.abort();
  token.onCancellationRequested(() => own.abort());
  return own.signal;
}

/** Answers a read; a Problem goes over as data, and nothing else of an error. */
async function answer<T>(signal: AbortSignal, read: (signal: AbortSignal) => Promise<T> | T): Promise<T> {
  try {
    return await orAborted(signal, read(signal));
  } catch (error) {
    const problem = asProblem(error);
    const code = problem.kind === 'cancelled' ? LSPErrorCodes.RequestCancelled : ErrorCodes.InternalError;
    throw new ResponseError(code, problem.message, problemData(problem));
  }
}

/** A read that nobody waits for any more is answered at once; what it learns is kept for the next. */
function orAborted<T>(signal: AbortSignal, result: Promise<T> | T): Promise<T> {
  const given = Promise.resolve(result);
  return new Promise((resolve, reject) => {
    const stop = () => reject(new DOMException('cancelled', 'AbortError'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    given.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
