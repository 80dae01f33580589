import type { Client } from '../client.ts';
import { carryOut } from './carry-out.ts';
import { chooseManifest, targetOf } from './choose.ts';

/** Examines one device, or all of a manifest. */
export async function doctor(client: Client, given?: unknown): Promise<void> {
  const target = targetOf(given);
  const { manifest, title } = await chooseManifest(client, target);
  const device = target.namespace === undefined ? target.device : undefined;
  await carryOut(client, 'doctor', device ?? title, { manifest, ...(device !== undefined && { device }) });
}
