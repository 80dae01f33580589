import type { Client } from '../client.ts';

/** Shows what the extension and the engine wrote. */
export async function openLog(client: Client): Promise<void> {
  client.log.show();
}
