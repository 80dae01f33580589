/** A bundle of its own, loaded when the engine is needed for the first time: the language client is large. */
import type { LogOutputChannel } from 'vscode';
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  type LanguageClientOptions,
  type NodeModule,
  RevealOutputChannelOn,
  State,
  TransportKind,
} from 'vscode-languageclient/node';
import type { EngineOptions, News, Orders, Questions, Requests } from '../../server/operations/protocol.ts';
import type { Answers, Cancellation } from './connection.ts';
import { createRestartPolicy } from './restart-policy.ts';

/** Where the process comes from. */
export interface ServerPlaces {
  /** Path of its bundle. */
  module: string;
}

export interface LanguageClientHandle {
  start(): Promise<void>;
  stop(): Promise<void>;
  ask<M extends keyof Requests>(method: M, params: Requests[M][0], token?: Cancellation): Promise<Requests[M][1]>;
  tell<M extends keyof Orders>(method: M, params: Orders[M]): void;
}

/** What the client's surroundings give it. */
export interface Wiring {
  log: LogOutputChannel;
  places: ServerPlaces;
  options: () => EngineOptions;
  answers: Answers;
  onNews: <M extends keyof News>(method: M, params: News[M]) => void;
  onState: (state: 'up' | 'starting' | 'down') => void;
}

const NEWS: readonly (keyof News)[] = ['nethsm/progress', 'nethsm/changed', 'nethsm/secretOutcome'];

/** The process as a Node module over IPC, restarted by itself when it dies. */
export function createLanguageClient({ log, places, options, answers, onNews, onState }: Wiring): LanguageClientHandle {
  const run: NodeModule = { module: places.module, transport: TransportKind.ipc };
  const mayRestart = createRestartPolicy(Date.now);
  const settings: LanguageClientOptions = {
    documentSelector: [{ language: 'nethsm-manifest' }],
    outputChannel: log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationOptions: () => ({ engine: options() }),
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue }),
      closed: () => {
        const again = mayRestart();
        onState(again ? 'starting' : 'down');
        return { action: again ? CloseAction.Restart : CloseAction.DoNotRestart, handled: true };
      },
    },
  };
  const client = new LanguageClient('nethsm-replication', 'NetHSM Replication', { run, debug: run }, settings);
  client.onDidChangeState(({ newState }) => {
    if (newState === State.Running) onState('up');
  });
  for (const method of NEWS) client.onNotification(method, (params) => onNews(method, params));
  for (const method of Object.keys(answers) as (keyof Questions)[]) {
    client.onRequest(method, (params) => (answers[method] as (given: unknown) => Promise<unknown>)(params));
  }
  return {
    start: () => client.start(),
    stop: () => client.dispose(),
    // An undefined third argument would travel as a parameter.
    ask: (method, params, token) =>
      token === undefined ? client.sendRequest(method, params) : client.sendRequest(method, params, token as never),
    tell: (method, params) => void client.sendNotification(method, params),
  };
}
