/** What VS Code starts. Cheap: nothing here reads a file, asks a device or loads the language client. */
import { randomUUID } from 'node:crypto';
import {
  commands,
  type Disposable,
  type ExtensionContext,
  type LogOutputChannel,
  l10n,
  type TextDocument,
  window,
  workspace,
} from 'vscode';
import type { Client } from './client.ts';
import { registerCommands } from './commands/register.ts';
import { createDocuments, SCHEME } from './documents/documents.ts';
import { createEngine, type Engine } from './engine/connection.ts';
import { toEngineProblem } from './engine/engine-problem.ts';
import { createSecretAnswer } from './secrets/ask-secret.ts';
import { confirmDevice } from './secrets/confirm-device.ts';
import { createVault } from './secrets/vault.ts';
import { createFacts } from './state/facts.ts';
import { createPages } from './state/pages.ts';
import { createRefresher } from './state/refresher.ts';
import { refreshInterval } from './state/settings.ts';
import { createViews } from './views/views.ts';

/** How long news of the engine must be quiet before views look at them, ms. */
const QUIET = 500;

/** What other extensions, and the benchmark, may ask. */
export interface Exports {
  /** How long activation took, loading of the code not included. */
  activationMs: number;
}

/** Registers commands, views and documents; the engine's process starts with the first that needs it. */
export function activate(context: ExtensionContext): Exports {
  const started = performance.now();
  const log = window.createOutputChannel(l10n.t('NetHSM Replication'), { log: true });
  const vault = createVault(context.secrets, context.globalState, randomUUID());
  const engine = createEngine(
    log,
    { module: context.asAbsolutePath('dist/server/process.js'), trusted: () => workspace.isTrusted },
    { 'nethsm/secret': createSecretAnswer(vault), 'nethsm/confirmDevice': confirmDevice },
  );
  const facts = createFacts(
    (method, params) => engine.ask(method, params as never),
    (error) => toEngineProblem(error).data,
  );
  const documents = createDocuments(engine);
  const refresher = createRefresher(facts, { interval: refreshInterval, quiet: QUIET });
  const services = { facts, pages: createPages() };
  const views = createViews(services, engine, refresher);
  const client: Client = {
    ...services,
    engine,
    log,
    vault,
    documents,
    refresher,
    redraw: views.redraw,
    setRefreshPaused(paused) {
      refresher.pause(paused);
      void commands.executeCommand('setContext', 'nethsm-replication.refreshPaused', paused);
    },
    extension: context,
  };
  context.subscriptions.push(
    log,
    engine,
    documents,
    refresher,
    views,
    ...registerCommands(client),
    workspace.registerTextDocumentContentProvider(SCHEME, documents.provider),
    engine.onNews('nethsm/secretOutcome', (outcome) => void vault.outcome(outcome)),
    engine.onNews('nethsm/changed', (news) => refresher.changed(news)),
    workspace.onDidGrantWorkspaceTrust(async () => {
      await engine.tellOptions();
      await refresher.now();
    }),
    startWithManifests(engine, log),
  );
  return { activationMs: performance.now() - started };
}

/** A manifest in an editor needs the language server. */
function startWithManifests(engine: Engine, log: LogOutputChannel): Disposable {
  const start = ({ languageId }: TextDocument) => {
    if (languageId === 'nethsm-manifest') engine.start().catch((error) => log.error(toEngineProblem(error).message));
  };
  workspace.textDocuments.forEach(start);
  return workspace.onDidOpenTextDocument(start);
}
