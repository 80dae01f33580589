import type {
  Connection,
  Diagnostic,
  DocumentDiagnosticReport,
  WorkspaceDiagnosticReport,
} from 'vscode-languageserver';
import { asked } from './asked.ts';
import type { LanguageContext, ManifestFile } from './context.ts';
import { diagnosticsOf } from './diagnostics.ts';
import type { Workspace } from './workspace.ts';

/** Brings diagnostics to the editor, when it asks, or by itself to one that does not ask. */
export interface Publisher {
  /** A text, the devices' facts or another manifest changed. */
  changed(uri?: string): void;
  closed(uri: string): void;
  report(file: ManifestFile, previous?: string): DocumentDiagnosticReport;
  reportAll(previous: { uri: string; value: string }[]): Promise<WorkspaceDiagnosticReport>;
}

interface Sent {
  id: string;
  text: string;
}

export function createPublisher(
  connection: Connection,
  workspace: Workspace,
  context: LanguageContext,
  client: { pulls: boolean; refreshes: boolean },
): Publisher {
  const sent = new Map<string, Sent>();
  let count = 0;
  let isDue = false;
  const waiting = new Set<string>();

  /** The diagnostics, and whether they are others than the last time. */
  const look = (file: ManifestFile): { items: Diagnostic[]; id: string; isNew: boolean } => {
    const items = diagnosticsOf(file, context);
    const text = JSON.stringify(items);
    const before = sent.get(file.uri);
    if (before?.text === text) return { items, id: before.id, isNew: false };
    const id = String(++count);
    sent.set(file.uri, { id, text });
    return { items, id, isNew: true };
  };

  const push = async () => {
    isDue = false;
    const first = [...waiting];
    waiting.clear();
    // The edited text before the others, which may depend on it.
    const others = workspace.manifests().map(({ uri }) => uri);
    for (const uri of new Set([...first, ...others])) {
      const file = await workspace.parsed(uri);
      if (file === undefined) continue;
      const { items, isNew } = look(file);
      if (isNew) asked(connection.sendDiagnostics({ uri, diagnostics: items }));
      if (isDue) return;
    }
  };

  return {
    changed: (uri) => {
      if (client.pulls) {
        // Editors ask again after an edit of theirs by themselves.
        if (uri === undefined && client.refreshes) asked(connection.languages.diagnostics.refresh());
        return;
      }
      if (uri !== undefined) waiting.add(uri);
      if (isDue) return;
      isDue = true;
      setImmediate(() => asked(push()));
    },
    closed: (uri) => {
      sent.delete(uri);
      if (!client.pulls) asked(connection.sendDiagnostics({ uri, diagnostics: [] }));
    },
    report: (file, previous) => {
      const { items, id } = look(file);
      return previous === id ? { kind: 'unchanged', resultId: id } : { kind: 'full', resultId: id, items };
    },
    reportAll: async (previous) => {
      const items: WorkspaceDiagnosticReport['items'] = [];
      for (const { uri } of workspace.manifests()) {
        if (workspace.isOpen(uri)) continue;
        const file = await workspace.parsed(uri);
        if (file === undefined) continue;
        const { items: found, id } = look(file);
        const isSame = previous.some((one) => one.uri === uri && one.value === id);
        items.push(
          isSame
            ? { kind: 'unchanged', uri, version: null, resultId: id }
            : { kind: 'full', uri, version: null, resultId: id, items: found },
        );
      }
      return { items };
    },
  };
}
