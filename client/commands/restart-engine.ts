import type { Client } from '../client.ts';

/** Starts the process beside the editor anew. */
export async function restartEngine(client: Client): Promise<void> {
  await client.engine.restart();
  client.facts.clear();
  client.redraw();
}
