import type { WorkspaceEdit } from 'vscode-languageserver-types';
import { primaryEdit, type TextChange } from '../../../schemas/primary-edit.ts';
import { lineStarts, positionAt } from '../../../schemas/tree/lines.ts';
import type { SavedManifest } from '../engine/manifests.ts';

/** Changes of the saved text as an edit of the editor; a text that is edited meanwhile refuses it. */
export function editOf({ uri, text }: SavedManifest, changes: readonly TextChange[]): WorkspaceEdit {
  const lines = lineStarts(text);
  const edits = changes.map(({ start, end, text: newText }) => ({
    range: { start: positionAt(lines, start), end: positionAt(lines, end) },
    newText,
  }));
  return { changes: { [uri]: edits } };
}

/** The edit that makes the manifest say who is primary now; undefined when it does, or a person must edit. */
export function primaryChange(saved: SavedManifest, namespace: string, device: string): WorkspaceEdit | undefined {
  const changes = primaryEdit(saved.text, namespace, device);
  return changes === undefined ? undefined : editOf(saved, changes);
}
