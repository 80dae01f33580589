/** An editor for tests: the real protocol over two streams, with a person who answers as told. */
import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { createConnection } from 'vscode-languageserver/node';
import {
  CancellationTokenSource,
  createProtocolConnection,
  type ProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';
import { createFactsStore, type FactsStore } from '../../server/language/facts-store.ts';
import { serveLanguage } from '../../server/language/server.ts';
import type {
  Changed,
  CommandName,
  CommandParams,
  CommandResult,
  ConfirmDeviceParams,
  Progress,
  Reads,
  SecretOutcome,
  SecretParams,
} from '../../server/operations/protocol.ts';
import { closeEngine, serveOperations, setOptions } from '../../server/operations/serve.ts';

/** How the person at the editor answers. */
export interface Answers {
  secret: (params: SecretParams) => string | undefined | Promise<string | undefined>;
  confirm: (params: ConfirmDeviceParams) => boolean;
}

export interface TestEditor {
  connection: ProtocolConnection;
  store: FactsStore;
  answers: Answers;
  /** What the engine asked and told. */
  asked: SecretParams[];
  confirmed: ConfirmDeviceParams[];
  outcomes: SecretOutcome[];
  changes: Changed[];
  progress: Progress[];
  /** Everything that went over to the editor, as text. */
  transcript(): string;
  read<M extends keyof Reads>(method: M, params: Reads[M][0]): Promise<Reads[M][1]>;
  run<C extends CommandName>(command: C, params: CommandParams[C], signal?: AbortSignal): Promise<CommandResult>;
  trust(trusted: boolean): Promise<void>;
  close(): Promise<void>;
}

export async function startEditor(
  folder: string,
  stateFolder: string,
  options: { trusted?: boolean; env?: NodeJS.ProcessEnv } = {},
): Promise<TestEditor> {
  const there = new PassThrough();
  const back = new PassThrough();
  const heard: string[] = [];
  back.on('data', (chunk: Buffer) => heard.push(chunk.toString('utf8')));
  const store = createFactsStore();
  const server = createConnection(new StreamMessageReader(there), new StreamMessageWriter(back));
  const { manifests, onManifests } = serveLanguage(server, {
    facts: store.facts,
    now: () => new Date(),
    environment: () => [],
    listFolder: async () => [],
    documentation: 'file:///docs/',
  });
  const engine = serveOperations(server, { store, manifests, onManifests, env: options.env ?? {} });
  setOptions(engine, { trusted: options.trusted ?? true, stateFolder });
  server.listen();
  const connection = createProtocolConnection(new StreamMessageReader(back), new StreamMessageWriter(there));
  const answers: Answers = { secret: () => undefined, confirm: () => true };
  const asked: SecretParams[] = [];
  const confirmed: ConfirmDeviceParams[] = [];
  const outcomes: SecretOutcome[] = [];
  const changes: Changed[] = [];
  const progress: Progress[] = [];
  connection.onRequest('nethsm/secret', async (params: SecretParams) => {
    asked.push(params);
    const secret = await answers.secret(params);
    return secret === undefined ? null : { secret };
  });
  connection.onRequest('nethsm/confirmDevice', (params: ConfirmDeviceParams) => {
    confirmed.push(params);
    return answers.confirm(params);
  });
  connection.onNotification('nethsm/secretOutcome', (outcome: SecretOutcome) => void outcomes.push(outcome));
  connection.onNotification('nethsm/changed', (change: Changed) => void changes.push(change));
  connection.onNotification('nethsm/progress', (one: Progress) => void progress.push(one));
  connection.onRequest('client/registerCapability', () => null);
  connection.onRequest('workspace/diagnostic/refresh', () => null);
  connection.listen();
  const uri = pathToFileURL(folder).href;
  const capabilities = { workspace: { workspaceFolders: true } };
  const workspaceFolders = [{ uri, name: 'test' }];
  await connection.sendRequest('initialize', { processId: null, rootUri: null, capabilities, workspaceFolders });
  await connection.sendNotification('initialized', {});
  let operations = 0;
  return {
    connection,
    store,
    answers,
    asked,
    confirmed,
    outcomes,
    changes,
    progress,
    transcript: () => heard.join(''),
    read: (method, params) => connection.sendRequest(method, params),
    run: (command, params, signal) => {
      const source = new CancellationTokenSource();
      signal?.addEventListener('abort', () => source.cancel(), { once: true });
      const operation = `operation-${++operations}`;
      return connection.sendRequest(`nethsm/do/${command}`, { ...params, operation }, source.token);
    },
    trust: async (trusted) => {
      await connection.sendNotification('nethsm/options', { trusted, stateFolder });
    },
    close: async () => {
      await closeEngine(engine);
      connection.dispose();
      server.dispose();
    },
  };
}
