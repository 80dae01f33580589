import {
  type CancellationToken,
  type Connection,
  DidChangeWatchedFilesNotification,
  type InitializeParams,
  LSPErrorCodes,
  ResponseError,
} from 'vscode-languageserver';
import { offsetAt, type Position } from '../../schemas/tree/lines.ts';
import { codeActions } from './actions.ts';
import { asked } from './asked.ts';
import { capabilities } from './capabilities.ts';
import { complete, resolveCompletion } from './completion.ts';
import type { LanguageContext, ManifestFile } from './context.ts';
import { foldingRanges } from './folding.ts';
import { format } from './format.ts';
import { hover } from './hover.ts';
import { inlayHints } from './inlay.ts';
import { codeLenses } from './lenses.ts';
import { documentLinks } from './links.ts';
import { createPublisher, type Publisher } from './publish.ts';
import { definition, highlights, references } from './references.ts';
import { prepareRename, rename } from './rename.ts';
import { selectionRange } from './selection.ts';
import { documentSymbols, workspaceSymbols } from './symbols.ts';
import { semanticTokens, tokenEdits } from './tokens.ts';
import { createWorkspace } from './workspace.ts';

/** What the surroundings of the server give it. */
export type Surroundings = Omit<LanguageContext, 'manifests'>;

/** What others on the same connection may know of the language server. */
export interface Serving {
  /** All manifests of the workspace, by URI; waits until its folders were looked through. */
  manifests(): Promise<string[]>;
  /** Told when manifests came, went or changed on the disk. */
  onManifests(listener: () => void): void;
  /** What the editor gave at the start, besides its capabilities. */
  onStart(listener: (options: unknown) => void): void;
}

/** Ties the features to a connection. The caller listens. */
export function serveLanguage(connection: Connection, surroundings: Surroundings): Serving {
  const starting: ((options: unknown) => void)[] = [];
  const watching: (() => void)[] = [];
  const looked = Promise.withResolvers<void>();
  const manifestsChanged = () => {
    for (const listener of watching) listener();
  };
  const workspace = createWorkspace();
  const context: LanguageContext = { ...surroundings, manifests: () => workspace.manifests() };
  let publisher: Publisher | undefined;
  let client: InitializeParams['capabilities'] = {};
  let folders: string[] = [];
  let foldMost: number | undefined;

  connection.onInitialize((params) => {
    client = params.capabilities;
    for (const listener of starting) listener(params.initializationOptions);
    foldMost = client.textDocument?.foldingRange?.rangeLimit;
    folders = params.workspaceFolders?.map(({ uri }) => uri) ?? [];
    const pulls = client.textDocument?.diagnostic !== undefined;
    const refreshes = client.workspace?.diagnostics?.refreshSupport === true;
    publisher = createPublisher(connection, workspace, context, { pulls, refreshes });
    return { capabilities: capabilities(pulls), serverInfo: { name: 'nethsm-replication' } };
  });

  const factsChanged = () => {
    publisher?.changed();
    if (client.workspace?.inlayHint?.refreshSupport) asked(connection.languages.inlayHint.refresh());
  };

  connection.onInitialized(async () => {
    surroundings.facts.subscribe(factsChanged);
    if (client.workspace?.didChangeWatchedFiles?.dynamicRegistration) {
      const watchers = [{ globPattern: '**/*.nethsm.{yaml,yml}' }];
      asked(connection.client.register(DidChangeWatchedFilesNotification.type, { watchers }));
    }
    if (client.workspace?.workspaceFolders) {
      connection.workspace.onDidChangeWorkspaceFolders(async ({ added, removed }) => {
        workspace.removeFolders(removed.map(({ uri }) => uri));
        await workspace.addFolders(added.map(({ uri }) => uri));
        publisher?.changed();
        manifestsChanged();
      });
    }
    const found = await workspace.addFolders(folders);
    looked.resolve();
    if (found === 0) return;
    publisher?.changed();
    manifestsChanged();
  });

  connection.onDidOpenTextDocument(({ textDocument: { uri, version, text } }) => {
    workspace.open(uri, version, text);
    publisher?.changed(uri);
    manifestsChanged();
  });
  connection.onDidChangeTextDocument(({ textDocument: { uri, version }, contentChanges }) => {
    workspace.change(uri, version, contentChanges);
    publisher?.changed(uri);
  });
  connection.onDidCloseTextDocument(({ textDocument: { uri } }) => {
    workspace.close(uri);
    publisher?.closed(uri);
    manifestsChanged();
  });
  connection.onDidChangeWatchedFiles(async ({ changes }) => {
    for (const { uri } of changes) await workspace.reload(uri);
    publisher?.changed();
    manifestsChanged();
  });

  /** Answers from the text of now; a text that changed meanwhile, or a question taken back, is not answered. */
  async function answer<T, R>(
    uri: string,
    token: CancellationToken,
    none: T,
    give: (file: ManifestFile) => R | Promise<R>,
  ): Promise<R | T> {
    const file = await workspace.parsed(uri);
    if (token.isCancellationRequested) throw new ResponseError(LSPErrorCodes.RequestCancelled, 'cancelled');
    if (file !== undefined) return give(file);
    if (workspace.isOpen(uri)) throw new ResponseError(LSPErrorCodes.ContentModified, 'the text changed');
    return none;
  }

  const at = ({ document }: ManifestFile, position: Position) => offsetAt(document.text, document.lines, position);

  connection.languages.diagnostics.on((params, token) =>
    answer(params.textDocument.uri, token, { kind: 'full' as const, items: [] }, (file) => {
      const report = publisher?.report(file, params.previousResultId);
      return report ?? { kind: 'full' as const, items: [] };
    }),
  );
  connection.languages.diagnostics.onWorkspace(
    async (params) => (await publisher?.reportAll(params.previousResultIds)) ?? { items: [] },
  );
  connection.onCompletion((params, token) => {
    const snippets = client.textDocument?.completion?.completionItem?.snippetSupport === true;
    return answer(params.textDocument.uri, token, null, (file) =>
      complete(file, at(file, params.position), context, snippets),
    );
  });
  connection.onCompletionResolve((item) => resolveCompletion(item, context.now()));
  connection.onHover((params, token) =>
    answer(params.textDocument.uri, token, null, (file) => hover(file, at(file, params.position), context)),
  );
  connection.onDefinition((params, token) =>
    answer(params.textDocument.uri, token, null, (file) => definition(file, at(file, params.position))),
  );
  connection.onReferences((params, token) =>
    answer(params.textDocument.uri, token, [], (file) =>
      references(file, at(file, params.position), params.context.includeDeclaration, context),
    ),
  );
  connection.onDocumentHighlight((params, token) =>
    answer(params.textDocument.uri, token, [], (file) => highlights(file, at(file, params.position))),
  );
  connection.onPrepareRename((params, token) =>
    answer(params.textDocument.uri, token, null, (file) => prepareRename(file, at(file, params.position)) ?? null),
  );
  connection.onRenameRequest((params, token) =>
    answer(params.textDocument.uri, token, null, (file) =>
      rename(file, at(file, params.position), params.newName, context),
    ),
  );
  connection.onDocumentSymbol((params, token) =>
    answer(params.textDocument.uri, token, [], ({ document }) => documentSymbols(document)),
  );
  connection.onWorkspaceSymbol(({ query }) => workspaceSymbols(workspace.manifests(), query));
  connection.onFoldingRanges((params, token) =>
    answer(params.textDocument.uri, token, [], ({ document }) => foldingRanges(document, foldMost)),
  );
  connection.onSelectionRanges((params, token) =>
    answer(params.textDocument.uri, token, [], (file) =>
      params.positions.map((position) => selectionRange(file.document, at(file, position))),
    ),
  );
  connection.onDocumentLinks((params, token) =>
    answer(params.textDocument.uri, token, [], ({ uri, document }) => documentLinks(uri, document)),
  );
  connection.languages.inlayHint.on((params, token) =>
    answer(params.textDocument.uri, token, [], (file) =>
      inlayHints(file, at(file, params.range.start), at(file, params.range.end), context),
    ),
  );
  connection.onCodeLens((params, token) => answer(params.textDocument.uri, token, [], codeLenses));
  connection.onDocumentFormatting((params, token) =>
    answer(params.textDocument.uri, token, [], ({ document }) => format(document)),
  );
  connection.onDocumentRangeFormatting((params, token) =>
    answer(params.textDocument.uri, token, [], (file) =>
      format(file.document, at(file, params.range.start), at(file, params.range.end)),
    ),
  );
  connection.onCodeAction((params, token) =>
    answer(params.textDocument.uri, token, [], (file) =>
      codeActions(file, at(file, params.range.start), at(file, params.range.end), context, params.context.only),
    ),
  );
  serveTokens(connection, answer, at);
  return {
    async manifests() {
      await looked.promise;
      return workspace.manifests().map(({ uri }) => uri);
    },
    onManifests: (listener) => void watching.push(listener),
    onStart: (listener) => void starting.push(listener),
  };
}

type Answer = <T, R>(
  uri: string,
  token: CancellationToken,
  none: T,
  give: (file: ManifestFile) => R | Promise<R>,
) => Promise<R | T>;

/** Semantic tokens remember what was sent last, so that after an edit only the difference travels. */
function serveTokens(
  connection: Connection,
  answer: Answer,
  at: (file: ManifestFile, position: Position) => number,
): void {
  const sent = new Map<string, { id: string; data: number[] }>();
  let count = 0;
  const keep = (uri: string, data: number[]) => {
    const id = String(++count);
    sent.set(uri, { id, data });
    return id;
  };
  connection.languages.semanticTokens.on((params, token) =>
    answer(params.textDocument.uri, token, { data: [] }, ({ uri, document }) => {
      const data = semanticTokens(document);
      return { resultId: keep(uri, data), data };
    }),
  );
  connection.languages.semanticTokens.onDelta((params, token) =>
    answer(params.textDocument.uri, token, { data: [] }, ({ uri, document }) => {
      const before = sent.get(uri);
      const data = semanticTokens(document);
      const resultId = keep(uri, data);
      return before?.id === params.previousResultId
        ? { resultId, edits: tokenEdits(before.data, data) }
        : { resultId, data };
    }),
  );
  connection.languages.semanticTokens.onRange((params, token) =>
    answer(params.textDocument.uri, token, { data: [] }, (file) => ({
      data: semanticTokens(file.document, at(file, params.range.start), at(file, params.range.end)),
    })),
  );
}
