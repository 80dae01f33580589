import { type Namespace, namespaceTitle } from '../../../core/names.ts';
import { Problem } from '../../../core/problem.ts';
import { policyOf } from '../../../core/replication/policy-of.ts';
import type { SavedManifest } from '../engine/manifests.ts';

/** Refuses what the manifest wants done by import: plaintext keys never pass through the editor's process. */
export function requireSealed({ manifest, folder }: SavedManifest, namespace: Namespace): void {
  if (policyOf(manifest, namespace, folder).transfer !== 'import') return;
  throw new Problem({
    kind: 'refused',
    place: namespaceTitle(namespace),
    cause: 'its keys travel by import, in plaintext through the memory of this computer, which the editor never does',
    remedy: 'Use the command line: sync, or copy-key',
  });
}
