import type { SavedManifest } from '../engine/manifests.ts';

/** The addresses of a device's nodes by the manifest; none for a device that it has not. */
export function addressesOf({ manifest }: SavedManifest, device: string): string[] {
  const entry = manifest.devices[device];
  return entry?.nodes?.map(({ url }) => url) ?? (entry?.url === undefined ? [] : [entry.url]);
}
