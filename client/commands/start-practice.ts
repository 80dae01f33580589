import { join } from 'node:path';
import { commands, l10n, Uri, window, workspace } from 'vscode';
import type { Client } from '../client.ts';
import { carryOut } from './carry-out.ts';

/** Two practice devices with a manifest in the workspace, or, without one, in a folder of ours. */
export async function startPractice(client: Client): Promise<void> {
  const [folder] = workspace.workspaceFolders ?? [];
  const base = folder?.uri.fsPath ?? client.extension.globalStorageUri.fsPath;
  const result = await carryOut(client, 'startPractice', '', { folder: join(base, 'nethsm-practice'), fresh: false });
  if (result.file === undefined) return;
  const uri = Uri.file(result.file);
  await window.showTextDocument(uri, { preview: false });
  await client.refresher.now();
  if (workspace.getWorkspaceFolder(uri) === undefined) {
    const open = l10n.t('Open Folder');
    const text = l10n.t('The manifest lies outside of this workspace. Open its folder to see it in the views.');
    const answer = await window.showInformationMessage(text, open);
    if (answer === open) await commands.executeCommand('vscode.openFolder', Uri.joinPath(uri, '..'));
  }
}
