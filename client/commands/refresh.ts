import { window } from 'vscode';
import type { Client } from '../client.ts';

/** Reads what is shown from the devices again, now. */
export async function refresh(client: Client): Promise<void> {
  await window.withProgress({ location: { viewId: 'nethsm-replication.replication' } }, () => client.refresher.now());
  client.documents.refresh();
}
