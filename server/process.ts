/** The process beside the editor: language features and engine on one connection. */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { createFactsStore } from './language/facts-store.ts';
import { serveLanguage } from './language/server.ts';
import { surroundings } from './main.ts';
import type { EngineOptions } from './operations/protocol.ts';
import { closeEngine, serveOperations, setOptions } from './operations/serve.ts';

const connection = createConnection(ProposedFeatures.all);
const store = createFactsStore();
const { manifests, onManifests, onStart } = serveLanguage(connection, { facts: store.facts, ...surroundings() });
const engine = serveOperations(connection, { store, manifests, onManifests });
onStart((options) => {
  const given = (options as { engine?: EngineOptions } | undefined)?.engine;
  if (given !== undefined) setOptions(engine, given);
});
connection.onShutdown(() => closeEngine(engine));
connection.listen();
