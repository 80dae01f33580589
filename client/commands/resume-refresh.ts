import type { Client } from '../client.ts';

/** Starts the automatic refresh of the views again. */
export async function resumeRefresh(client: Client): Promise<void> {
  client.setRefreshPaused(false);
  await client.refresher.now();
}
