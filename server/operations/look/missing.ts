import type { Session } from '../../../core/device/session.ts';
import { packIds } from '../../../core/inventory/id-list.ts';
import { hasNamespace, readIds } from '../../../core/inventory/read.ts';
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
  const ours = await readIds(from, namespace, options);
  const there = (await hasNamespace(to, namespace, options)) ? await readIds(to, namespace, options) : packIds([]);
  return [...ours].filter((id) => includes(id) && !there.has(id));
}
