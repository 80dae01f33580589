import type { Sites } from '../devices.ts';
import type { Play } from '../simulate.ts';
import { world } from '../world/world.ts';
import { peopleIn, recordsIn } from './content.ts';

/** The primary by the highest record on any device. */
export function primaryOf(sites: Sites): string | undefined {
  const records = Object.values(sites).map(
    ({ machine, beginning }) => recordsIn(machine.store, beginning.domainKey)[0],
  );
  const [ruling] = records.filter((record) => record !== undefined).sort((a, b) => b.epoch - a.epoch);
  return ruling?.primaries[0];
}

/** Whether the primary has none of the keepers that were taken away and archived somewhere: they should be back. */
export function lacksKeepers({ sites, story: { kind, policy } }: Pick<Play, 'sites' | 'story'>): boolean {
  if (kind !== 'one-way' || policy.backups === undefined || !world().hits.has('keeper removed')) return false;
  const primary = sites[primaryOf(sites) as keyof Sites];
  if (primary === undefined) return false;
  const people = [...peopleIn(primary.machine.store, primary.beginning.domainKey).values()];
  return !people.some(({ role, name }) => role === 'Administrator' && name !== 'replicator');
}
