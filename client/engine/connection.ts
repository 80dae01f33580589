import { type Disposable, EventEmitter, type LogOutputChannel, l10n } from 'vscode';
import type { Commands, News, Questions, Reads, Requests } from '../../server/operations/protocol.ts';
import { EngineProblem, toEngineProblem } from './engine-problem.ts';
import type { LanguageClientHandle, ServerPlaces } from './language-client.ts';

/** How the process beside the editor is doing. */
export type EngineState = 'off' | 'starting' | 'up' | 'down';

/** Something that takes a cancellation; VS Code's own tokens fit. */
export interface Cancellation {
  isCancellationRequested: boolean;
  onCancellationRequested: (listener: () => void) => { dispose(): void };
}

/** The process with the language features and the engine, started by whoever needs it first. */
export interface Engine extends Disposable {
  readonly state: EngineState;
  readonly onState: (listener: (state: EngineState) => void) => Disposable;
  /** Asks; starts the process if it doesn't run. Throws {@link EngineProblem}. */
  ask<M extends keyof Requests>(method: M, params: Requests[M][0], token?: Cancellation): Promise<Requests[M][1]>;
  onNews<M extends keyof News>(method: M, listener: (params: News[M]) => void): Disposable;
  /** Starts it if it doesn't run. */
  start(): Promise<void>;
  /** Ends it and starts it anew. */
  restart(): Promise<void>;
  /** Tells it again what the surroundings allow. */
  tellOptions(): Promise<void>;
}

/** Answers to what the engine asks of the person. */
export type Answers = { [M in keyof Questions]: (params: Questions[M][0]) => Promise<Questions[M][1]> };

export type { Commands, Reads };

/** An engine that is not started yet. */
export function createEngine(
  log: LogOutputChannel,
  places: ServerPlaces & { trusted: () => boolean },
  answers: Answers,
): Engine {
  const states = new EventEmitter<EngineState>();
  const news = new EventEmitter<{ method: string; params: unknown }>();
  let state: EngineState = 'off';
  let starting: Promise<LanguageClientHandle> | undefined;

  const become = (next: EngineState) => {
    if (next === state) return;
    state = next;
    states.fire(next);
  };

  const options = () => ({ trusted: places.trusted() });

  const begin = async (): Promise<LanguageClientHandle> => {
    become('starting');
    try {
      const { createLanguageClient } = await import('./language-client.ts');
      const handle = createLanguageClient({
        log,
        places,
        options,
        answers,
        onNews: (method, params) => news.fire({ method, params }),
        onState: (next) => {
          if (next === 'down') starting = undefined;
          become(next);
        },
      });
      await handle.start();
      become('up');
      return handle;
    } catch (error) {
      log.error(error instanceof Error ? error : String(error));
      starting = undefined;
      become('down');
      throw new EngineProblem({
        kind: 'unreachable',
        place: l10n.t('NetHSM engine'),
        cause: l10n.t('its process did not start'),
        remedy: l10n.t('Restart it; the log says more'),
      });
    }
  };

  const running = (): Promise<LanguageClientHandle> => {
    starting ??= begin();
    return starting;
  };

  const end = async () => {
    const handle = starting;
    starting = undefined;
    await (await handle?.catch(() => undefined))?.stop();
  };

  return {
    get state() {
      return state;
    },
    onState: states.event,
    async ask(method, params, token) {
      const handle = await running();
      try {
        return await handle.ask(method, params, token);
      } catch (error) {
        throw toEngineProblem(error);
      }
    },
    onNews: (method, listener) =>
      news.event((heard) => {
        if (heard.method === method) listener(heard.params as never);
      }),
    start: async () => void (await running()),
    async restart() {
      await end();
      await running();
    },
    async tellOptions() {
      if (starting !== undefined) (await starting).tell('nethsm/options', options());
    },
    dispose() {
      states.dispose();
      news.dispose();
      void end();
    },
  };
}
