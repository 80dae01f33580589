import type { Client } from '../client.ts';

/** Stops the automatic refresh of the views. */
export async function pauseRefresh(client: Client): Promise<void> {
  client.setRefreshPaused(true);
}
