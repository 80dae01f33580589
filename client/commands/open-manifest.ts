import { Uri, window } from 'vscode';
import type { Client } from '../client.ts';
import { chooseManifest, targetOf } from './choose.ts';

/** Opens a manifest in the editor. */
export async function openManifest(client: Client, given?: unknown): Promise<void> {
  const { manifest } = await chooseManifest(client, targetOf(given));
  await window.showTextDocument(Uri.parse(manifest));
}
