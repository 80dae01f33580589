import { type Namespace, namespaceTitle } from '../../../core/names.ts';
import type { WorkOptions } from '../../../core/progress.ts';
import type { NamespacePlan } from '../../../core/replication/plan/plan.ts';
import { planFor } from '../../../core/replication/sync.ts';
import { asErrand, errand } from '../engine/asking.ts';
import type { Known } from '../engine/cache.ts';
import { withContext } from '../engine/context.ts';
import type { Engine } from '../engine/engine.ts';
import type { SavedManifest } from '../engine/manifests.ts';

const keyOf = ({ uri }: SavedManifest, namespace: Namespace): string => `${uri}\nnamespace\n${namespace}\nplan`;

/** The plan that was made last; its conflicts and alarms stand until something was done. */
export const knownPlan = (engine: Engine, saved: SavedManifest, namespace: Namespace): Known<NamespacePlan> =>
  engine.cache.known<NamespacePlan>(keyOf(saved, namespace));

/** Reads the devices and plans what a synchronisation would do now. */
export async function makePlan(
  engine: Engine,
  saved: SavedManifest,
  namespace: Namespace,
  options: WorkOptions,
): Promise<NamespacePlan> {
  const trip = { ...errand(), reason: `to plan ${namespaceTitle(namespace)}` };
  const plan = await asErrand(trip, () => withContext(engine, saved, namespace, options, planFor));
  engine.cache.put(keyOf(saved, namespace), plan);
  engine.editor.changed({ manifest: saved.uri, what: 'namespaces' });
  return plan;
}
