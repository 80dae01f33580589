import type { Client } from '../client.ts';
import { carryOut } from './carry-out.ts';

/** Stops the practice devices; all that they held is gone. */
export async function stopPractice(client: Client): Promise<void> {
  await carryOut(client, 'stopPractice', '', {});
}
