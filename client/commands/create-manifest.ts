import { window, workspace } from 'vscode';

/** What a new manifest starts with; the rest is completion. */
const START = `version: 1
devices:
  `;

/** Opens a new manifest to be filled in. */
export async function createManifest(): Promise<void> {
  const document = await workspace.openTextDocument({ language: 'nethsm-manifest', content: START });
  await window.showTextDocument(document);
}
