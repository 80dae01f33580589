import type { Session } from '../../../core/device/session.ts';
import { hasNamespace, listIds } from '../../../core/inventory/read.ts';
import type { KeyId, Namespace } from '../../../core/names.ts';
import type { WorkOptions } from '../../../core/progress.ts';
import { policyOf } from '../../../core/replication/policy-of.ts';
import type { SavedManifest } from '../engine/manifests.ts';

/** Keys of one device that another lacks, of those that the manifest lets travel; listed now. */
export async function listMissing(
  { manifest, folder }: SavedManifest,
  from: Session,
  to: Session,
  namespace: Namespace,
  options: WorkOptions,
): Promise<KeyId[]> {
  const { includes } = policyOf(manifest, namespace, folder);
  const ours = await listIds(from, namespace, options);
  const there = new Set((await hasNamespace(to, namespace, options)) ? await listIds(to, namespace, options) : []);
  return ours.filter((id) => includes(id) && !there.has(id));
}
