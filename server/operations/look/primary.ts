import type { Namespace } from '../../../core/names.ts';
import { devicesOf, type Policy } from '../../../core/replication/policy.ts';
import { policyOf } from '../../../core/replication/policy-of.ts';
import type { Engine } from '../engine/engine.ts';
import type { SavedManifest } from '../engine/manifests.ts';
import { knownRoles } from './roles.ts';

/** The devices where keys of a namespace are made: by the record on the devices where it was read, else by the manifest. */
export function primariesOf(engine: Engine, saved: SavedManifest, policy: Policy): readonly string[] {
  const recorded = knownRoles(engine, saved, policy.namespace).value?.primaries ?? [];
  if (recorded.length > 0) return recorded;
  return policy.sites.kind === 'one-way' ? [policy.sites.primary] : policy.sites.sites.map(({ device }) => device);
}

/** The device that others of a namespace are compared with. */
export function primaryOf(engine: Engine, saved: SavedManifest, namespace: Namespace): string {
  const policy = policyOf(saved.manifest, namespace, saved.folder);
  const [first] = primariesOf(engine, saved, policy);
  return first ?? (devicesOf(policy)[0] as string);
}

/** The devices of a namespace that are compared with that one. */
export function followersOf(engine: Engine, saved: SavedManifest, namespace: Namespace): string[] {
  const primary = primaryOf(engine, saved, namespace);
  return devicesOf(policyOf(saved.manifest, namespace, saved.folder)).filter((device) => device !== primary);
}
