import { basename } from 'node:path';
import { window, workspace } from 'vscode';
import type { Client } from '../client.ts';
import { textUri } from '../documents/documents.ts';
import { chooseManifest, targetOf } from './choose.ts';
import { chooseArchive } from './choose-archive.ts';

/** What an archive holds, as text. */
export async function showArchive(client: Client, given?: unknown): Promise<void> {
  const target = targetOf(given);
  const { manifest } = await chooseManifest(client, target);
  const file = target.file ?? (await chooseArchive(client, manifest, undefined));
  const uri = textUri(basename(file), { kind: 'archive', manifest, file });
  await window.showTextDocument(await workspace.openTextDocument(uri), { preview: true });
}
