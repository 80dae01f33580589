// biome-ignore-all lint/suspicious/noExplicitAny: answers of the protocol are looked at as they come
import { PassThrough } from 'node:stream';
import { createConnection } from 'vscode-languageserver/node';
import {
  type CompletionList,
  createProtocolConnection,
  type Diagnostic,
  type ProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type TextEdit,
} from 'vscode-languageserver-protocol/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { createFactsStore, type FactsStore } from '../../server/language/facts-store.ts';
import { serveLanguage } from '../../server/language/server.ts';

export const NOW = Date.UTC(2026, 10, 24, 12, 0);

/** A client on a server in this process; both speak the real protocol over two streams. */
export interface Client {
  connection: ProtocolConnection;
  store: FactsStore;
  open(text: string, uri?: string): Promise<string>;
  request<T = any>(method: string, params: unknown): Promise<T>;
  close(): void;
  /** What was pushed, by document. */
  pushed: Map<string, Diagnostic[]>;
}

export async function startClient(
  options: { pulls?: boolean; snippets?: boolean; folders?: string[]; files?: Record<string, string[]> } = {},
): Promise<Client> {
  const there = new PassThrough();
  const back = new PassThrough();
  const store = createFactsStore();
  const server = createConnection(new StreamMessageReader(there), new StreamMessageWriter(back));
  serveLanguage(server, {
    facts: store.facts,
    now: () => new Date(NOW),
    environment: () => ['HOME', 'OSLO_ADMIN'],
    listFolder: async (_, folder) => options.files?.[folder] ?? [],
    documentation: 'file:///docs/diagnostics/',
  });
  server.listen();
  const connection = createProtocolConnection(new StreamMessageReader(back), new StreamMessageWriter(there));
  const pushed = new Map<string, Diagnostic[]>();
  connection.onNotification(
    'textDocument/publishDiagnostics',
    ({ uri, diagnostics }) => void pushed.set(uri, diagnostics),
  );
  connection.onRequest('workspace/diagnostic/refresh', () => null);
  connection.onRequest('client/registerCapability', () => null);
  connection.listen();
  const { pulls = true, snippets = true, folders = [] } = options;
  const capabilities = {
    textDocument: {
      ...(pulls && { diagnostic: {} }),
      completion: { completionItem: { snippetSupport: snippets } },
    },
    workspace: { workspaceFolders: true, diagnostics: { refreshSupport: true } },
  };
  const workspaceFolders = folders.map((uri) => ({ uri, name: uri }));
  await connection.sendRequest('initialize', { processId: null, rootUri: null, capabilities, workspaceFolders });
  await connection.sendNotification('initialized', {});
  return {
    connection,
    store,
    pushed,
    open: async (text, uri = 'file:///work/site.nethsm.yaml') => {
      await connection.sendNotification('textDocument/didOpen', {
        textDocument: { uri, languageId: 'yaml', version: 1, text },
      });
      return uri;
    },
    request: (method, params) => connection.sendRequest(method, params),
    close: () => {
      connection.dispose();
      server.dispose();
    },
  };
}

/** A text with the cursor `|` in it: without it, and where it was. Use `‖` where the text has a `|` of its own. */
export function withCursor(marked: string): { text: string; position: { line: number; character: number } } {
  const mark = marked.includes('‖') ? '‖' : '|';
  const offset = marked.indexOf(mark);
  if (offset < 0) throw new Error('no cursor in the text');
  const text = marked.slice(0, offset) + marked.slice(offset + mark.length);
  return { text, position: TextDocument.create('x:', 'yaml', 0, text).positionAt(offset) };
}

/** A text after edits of the protocol. */
export const applyEdits = (text: string, edits: TextEdit[]): string =>
  TextDocument.applyEdits(TextDocument.create('x:', 'yaml', 0, text), edits);

/** Sends a request about the place of the cursor; each time in a document of its own. */
export async function askAt<T = any>(client: Client, method: string, marked: string, more: object = {}): Promise<T> {
  const { text, position } = withCursor(marked);
  const uri = await client.open(text, `file:///work/${++asked}.nethsm.yaml`);
  const answer = await client.request<T>(method, { textDocument: { uri }, position, ...more });
  await client.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
  return answer;
}

let asked = 0;

/** The labels that are offered at the cursor. */
export async function labelsAt(client: Client, marked: string): Promise<string[]> {
  const { items } = await askAt<CompletionList>(client, 'textDocument/completion', marked);
  return items.map(({ label }) => label);
}

/** The text after the offered thing of this label was chosen. */
export async function chosen(client: Client, marked: string, label: string): Promise<string> {
  const { items } = await askAt<CompletionList>(client, 'textDocument/completion', marked);
  const item = items.find((one) => one.label === label);
  if (item?.textEdit === undefined)
    throw new Error(`not offered: ${label}; but ${items.map((one) => one.label).join(', ')}`);
  return applyEdits(withCursor(marked).text, [item.textEdit as TextEdit]);
}
