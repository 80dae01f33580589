import type { Client } from '../client.ts';
import { showPlanDiff } from '../documents/show-diff.ts';
import { chooseNamespace, targetOf } from './choose.ts';

/** What a synchronisation would change, before it runs. */
export async function showPlan(client: Client, given?: unknown): Promise<void> {
  const { manifest, namespace } = await chooseNamespace(client, targetOf(given));
  await showPlanDiff(manifest.manifest, namespace.namespace);
}
