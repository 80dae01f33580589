import { Range, Uri, WorkspaceEdit, window, workspace } from 'vscode';
import type { WorkspaceEdit as SentEdit, TextEdit } from 'vscode-languageserver-types';

/** Applies a small change of a manifest that belongs to a command, saves it and shows it. */
export async function applyEdit(sent: SentEdit): Promise<void> {
  const changes: [string, readonly TextEdit[]][] = [
    ...Object.entries(sent.changes ?? {}),
    ...(sent.documentChanges ?? []).flatMap((change): [string, TextEdit[]][] =>
      'edits' in change ? [[change.textDocument.uri, change.edits.filter((edit) => 'newText' in edit)]] : [],
    ),
  ];
  const edit = new WorkspaceEdit();
  for (const [uri, edits] of changes) {
    for (const { range, newText } of edits) {
      const { start, end } = range;
      edit.replace(Uri.parse(uri), new Range(start.line, start.character, end.line, end.character), newText);
    }
  }
  await workspace.applyEdit(edit);
  for (const [uri, edits] of changes) {
    const document = await workspace.openTextDocument(Uri.parse(uri));
    await document.save();
    const editor = await window.showTextDocument(document);
    const [first] = edits;
    if (first === undefined) continue;
    const { start } = first.range;
    editor.revealRange(new Range(start.line, 0, start.line + first.newText.split('\n').length, 0));
  }
}
