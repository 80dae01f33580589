import type { Client } from '../client.ts';
import { carryOut } from './carry-out.ts';
import { chooseNamespace, targetOf } from './choose.ts';

/** Lets a paused namespace replicate again. */
export async function resume(client: Client, given?: unknown): Promise<void> {
  const { manifest, namespace } = await chooseNamespace(client, targetOf(given));
  const params = { manifest: manifest.manifest, namespace: namespace.namespace };
  await carryOut(client, 'resume', namespace.title, params);
}
