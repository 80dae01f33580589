import type { Client } from '../client.ts';
import { carryOut } from './carry-out.ts';
import { chooseNamespace, targetOf } from './choose.ts';

/** Stops scheduled and streaming replication of a namespace until it is resumed. */
export async function pause(client: Client, given?: unknown): Promise<void> {
  const { manifest, namespace } = await chooseNamespace(client, targetOf(given));
  const params = { manifest: manifest.manifest, namespace: namespace.namespace };
  await carryOut(client, 'pause', namespace.title, params);
}
