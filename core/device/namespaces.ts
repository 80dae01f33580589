import { readNothing } from './answer.ts';
import { readListing } from './id-listing.ts';
import type { CallOptions, Credential, DeviceNode } from './node.ts';

/** The ids of all namespaces; R-Administrators only. */
export function listNamespaces(node: DeviceNode, credential: Credential, options: CallOptions = {}): Promise<string[]> {
  return node.request({ endpoint: 'listNamespaces', credential, ...options }, (answer) => readListing(answer, 'id'));
}

/** Creates a namespace, whose first N-Administrator must exist before; throws `exists`. */
export async function createNamespace(
  node: DeviceNode,
  credential: Credential,
  namespace: string,
  options: CallOptions = {},
): Promise<void> {
  await node.request({ endpoint: 'createNamespace', params: { namespace }, credential, ...options }, readNothing);
}
