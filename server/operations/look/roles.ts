import { type Namespace, namespaceTitle } from '../../../core/names.ts';
import { type RoleView, readRoles } from '../../../core/replication/roles/read-roles.ts';
import type { Known } from '../engine/cache.ts';
import { withContext } from '../engine/context.ts';
import type { Engine } from '../engine/engine.ts';
import type { SavedManifest } from '../engine/manifests.ts';
import type { Fresh } from '../protocol.ts';
import { glanceAt } from './glance.ts';

const keyOf = ({ uri }: SavedManifest, namespace: Namespace): string => `${uri}\nnamespace\n${namespace}\nroles`;

export const knownRoles = (engine: Engine, saved: SavedManifest, namespace: Namespace): Known<RoleView> =>
  engine.cache.known<RoleView>(keyOf(saved, namespace));

/** Who is primary of a namespace by the records on its devices, who works on it, and which device can't be asked. */
export function lookAtRoles(
  engine: Engine,
  saved: SavedManifest,
  namespace: Namespace,
  fresh: Fresh,
): Promise<Known<RoleView>> {
  const reason = `to look at ${namespaceTitle(namespace)}`;
  const sight = { key: keyOf(saved, namespace), reason, what: 'namespaces' as const };
  return glanceAt(engine, saved, sight, fresh, async () => {
    const journal = engine.journals.forRoles(saved.path);
    const roles = await withContext(engine, saved, namespace, {}, (ctx, policy) =>
      readRoles({ ...ctx, journal }, policy),
    );
    note(engine, saved, namespace, roles);
    return roles;
  });
}

function note(engine: Engine, { uri }: SavedManifest, namespace: Namespace, { epoch, primaries }: RoleView): void {
  const [primary, other] = primaries;
  engine.facts.setNamespace(uri, namespace, {
    ...engine.facts.facts.of(uri)?.namespace(namespace),
    at: engine.now(),
    ...(epoch > 0 && { epoch }),
    ...(primary !== undefined && other === undefined && { primary }),
  });
}
