import type { DeviceEntry, Manifest, NamespaceEntry, RootEntry } from '../../schemas/manifest.ts';
import { Problem } from '../problem.ts';

/** A valid manifest and where it lies: relative paths in it start from its folder. */
export interface LoadedManifest {
  manifest: Manifest;
  /** How errors name it. */
  file: string;
  folder: string;
}

/** The entry of a device; throws a Problem `usage` that names the devices there are. */
export function deviceEntry({ manifest, file }: LoadedManifest, name: string): DeviceEntry {
  const entry = Object.hasOwn(manifest.devices, name) ? manifest.devices[name] : undefined;
  if (entry !== undefined) return entry;
  throw new Problem({
    kind: 'usage',
    place: file,
    cause: `it has no device ${JSON.stringify(name)}`,
    remedy: `Name one of its devices: ${Object.keys(manifest.devices).join(', ')}`,
  });
}

/** The devices where keys are created and those that follow, by the manifest. */
export function sitesOf(entry: Partial<NamespaceEntry> | RootEntry): { primaries: string[]; replicas: string[] } {
  const { primary, primaries, replicas = [] } = entry;
  if (primaries !== undefined) {
    return { primaries: Array.isArray(primaries) ? primaries : Object.keys(primaries), replicas };
  }
  return { primaries: primary === undefined ? [] : [primary], replicas };
}
