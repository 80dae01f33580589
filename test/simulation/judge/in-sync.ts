/** What a journal says of a link counts at a failover: "in sync at this moment" means that the replica lacks nothing that was there then. */
import type { Link, RunRecord } from '../../../core/replication/journal/journal.ts';
import type { DeviceName, Sites } from '../devices.ts';
import { hit, violate, world } from '../world/world.ts';
import { keysIn } from './content.ts';
import { keyOf, type Ledger } from './ledger.ts';

/**
 * Checks a run that is written into a journal, by the primary that rules then; where nobody can say who that is, what it says
 * is only noted, so that it is not held against a later one. `ahead` is what its writer's clock is ahead of the world.
 */
export function judgeInSync(
  {
    sites,
    ledger,
    includes,
    journal,
  }: { sites: Sites; ledger: Ledger; includes(id: string): boolean; journal: string },
  [{ left, right }, { inSyncAt, by }]: readonly [Link, RunRecord],
  primary: string | undefined,
  ahead: number,
): undefined {
  // Where clocks jump, nobody can say which moment is meant.
  if (inSyncAt === undefined || world().hits.has('clock jump')) return;
  const at = inSyncAt - ahead;
  const link = `${journal} ${left} ${right}`;
  // What was said before the roles were exchanged was said of the other primary.
  if (at <= (ledger.inSync.get(link) ?? 0)) return;
  ledger.inSync.set(link, at);
  if (primary === undefined) return;
  const [source, target] = (left === primary ? [left, right] : [right, left]) as [DeviceName, DeviceName];
  if (ledger.exchangedAt[source] >= at || ledger.exchangedAt[target] >= at) return;
  const [had, has] = [source, target].map((name) => keysIn(sites[name].machine.store, sites[name].beginning.domainKey));
  for (const [id, { material, standIn }] of had ?? []) {
    const arrived = ledger.arrived[source].get(id);
    if (standIn || !includes(id) || arrived === undefined || arrived.at >= at) continue;
    if (has?.get(id)?.material === material) continue;
    const key = keyOf(id, material);
    const went = [ledger.deliberate, ledger.swept].some((list) =>
      list.get(key)?.some((gone) => gone.device === target && gone.at >= at),
    );
    if (!went)
      violate('in sync', `${by} says that ${target} lacked nothing at ${at}, and it lacks ${id} (${material})`);
  }
  hit('in sync was true');
}
