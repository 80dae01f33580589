import { type IdList, packIds } from '../../../core/inventory/id-list.ts';
import { readIds } from '../../../core/inventory/read.ts';
import { type Namespace, namespaceTitle } from '../../../core/names.ts';
import { asErrand } from '../engine/asking.ts';
import type { Engine } from '../engine/engine.ts';
import type { SavedManifest } from '../engine/manifests.ts';
import type { Fresh } from '../protocol.ts';
import { isThere } from './is-there.ts';
import { primaryOf } from './primary.ts';

const keyOf = ({ uri }: SavedManifest, namespace: Namespace, device: string): string =>
  `${uri}\nnamespace\n${namespace}\nids\n${device}`;

/** The ids of a namespace on a device, listed once and kept, whatever pages are asked of it. */
export function lookAtIds(
  engine: Engine,
  saved: SavedManifest,
  namespace: Namespace,
  device: string,
  fresh: Fresh,
): Promise<{ value: IdList; at: number }> {
  const errand = { ask: fresh.ask === true, reason: `to list ${namespaceTitle(namespace)} on ${device}` };
  return engine.cache.need(keyOf(saved, namespace, device), fresh, () =>
    asErrand(errand, () =>
      engine.sessions.use(saved, [device], async (session) => {
        const isPrimary = device === primaryOf(engine, saved, namespace);
        if (!isPrimary && !(await isThere(session, namespace))) return packIds([]);
        const ids = await readIds(session, namespace);
        if (isPrimary) engine.facts.setKeys(saved.uri, namespace, ids);
        return ids;
      }),
    ),
  );
}

/** The ids that are known without asking. */
export const knownIds = (engine: Engine, saved: SavedManifest, namespace: Namespace, device: string) =>
  engine.cache.known<IdList>(keyOf(saved, namespace, device));
