/** Virtual documents: inventories, plans, keys, archives and the details of what was done, as text. */
import { createHash } from 'node:crypto';
import { type Disposable, EventEmitter, type TextDocumentContentProvider, Uri, workspace } from 'vscode';
import type { TextParams } from '../../server/operations/protocol.ts';
import type { Engine } from '../engine/connection.ts';
import { sentenceOf, toEngineProblem } from '../engine/engine-problem.ts';

export const SCHEME = 'nethsm-replication';
/** Texts of an engine are read from the devices when older than this, ms. */
const AGE = 60_000;
/** So many details of what was done are kept. */
const MOST_DETAILS = 50;

/** The address of a text of the engine; `title` is what its tab says. */
export const textUri = (title: string, params: TextParams): Uri =>
  Uri.from({ scheme: SCHEME, path: `/${title}`, query: JSON.stringify(params) });

/** The parameters in such an address; undefined for details. */
export function paramsOf(uri: Uri): TextParams | undefined {
  if (uri.scheme !== SCHEME || !uri.query.startsWith('{')) return undefined;
  return JSON.parse(uri.query) as TextParams;
}

export interface Documents extends Disposable {
  provider: TextDocumentContentProvider;
  /** Keeps a text for as long as it may be looked at and gives its address. */
  keep(title: string, text: string): Uri;
  /** Reads open documents again. */
  refresh(): void;
}

export function createDocuments(engine: Engine): Documents {
  const changes = new EventEmitter<Uri>();
  const kept = new Map<string, string>();
  return {
    provider: {
      onDidChange: changes.event,
      async provideTextDocumentContent(uri, token) {
        const params = paramsOf(uri);
        if (params === undefined) return kept.get(uri.query) ?? '';
        try {
          return (await engine.ask('nethsm/text', { maxAge: AGE, ask: true, ...params }, token)).text;
        } catch (error) {
          return `# ${sentenceOf(toEngineProblem(error).data)}\n`;
        }
      },
    },
    keep(title, text) {
      const id = createHash('sha256').update(text).digest('hex').slice(0, 16);
      kept.set(id, text);
      const [oldest] = kept.keys();
      if (kept.size > MOST_DETAILS && oldest !== undefined) kept.delete(oldest);
      return Uri.from({ scheme: SCHEME, path: `/${title}.md`, query: id });
    },
    refresh() {
      for (const { uri } of workspace.textDocuments) if (paramsOf(uri) !== undefined) changes.fire(uri);
    },
    dispose: () => changes.dispose(),
  };
}
