import { join } from 'node:path';
import { commands, l10n, Uri, window, workspace } from 'vscode';
import type { Client } from '../client.ts';
import { carryOut } from './carry-out.ts';

/** Two practice devices with a manifest in the workspace, or, without one, in a folder of ours. */
export async function startPractice(client: Client): Promise<void> {
  const [folder] = workspace.workspaceFolders ?? [];
  const base = folder?.uri.fsPath ?? client.extension.globalStorageUri.fsPath;
  const result = await carryOut(client, 'startPractice', '', { folder: await freeFolder(base), fresh: false });
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

/** Devices of an earlier session are gone, but their folder may lie there still. */
async function freeFolder(base: string): Promise<string> {
  for (let at = 1; ; at++) {
    const folder = join(base, at === 1 ? 'nethsm-practice' : `nethsm-practice-${at}`);
    const isThere = await workspace.fs.stat(Uri.file(folder)).then(
      () => true,
      () => false,
    );
    if (!isThere) return folder;
  }
}
