import type { Base } from '../journal/journal.ts';
import { isKept, keptBase } from '../kept.ts';
import { baseOf } from '../observe/base-facts.ts';
import { userBaseId } from '../observe/user-triples.ts';
import type { LinkObservation } from '../plan/input.ts';
import { otherSide, type Side } from '../plan/link-rules.ts';
import type { NamespacePlan } from '../plan/plan.ts';
import type { Policy } from '../policy.ts';

/**
 * Bases of keys and users that were deleted on one side of a link while the manifest says `keep`: from now on that they stay
 * is a wish. Of keys, only those that the plan leaves alone; nothing of what the journal is not believed in.
 */
export function keptBases(
  { deletions, sites }: Policy,
  { left, right, triples, users }: LinkObservation,
  extra: NamespacePlan['extra'],
  doubted: ReadonlySet<string>,
): Base[] {
  if (deletions !== 'keep') return [];
  const alone = { left: new Set(extra[left.device]), right: new Set(extra[right.device]) };
  const devices = { left: left.device, right: right.device };
  const isFollowing = (side: Side): boolean => sites.kind === 'two-way' || devices[side] !== sites.primary;
  const kept = (there: { left?: unknown; right?: unknown }, base: Base, stays: (on: Side) => boolean): Base[] => {
    const gone = SIDES.find((side) => there[side] === undefined);
    const isNew = gone !== undefined && !isKept(base) && !doubted.has(base.id);
    return isNew && stays(otherSide(gone)) ? [keptBase(base, gone)] : [];
  };
  return [
    ...triples.flatMap(({ base, id, ...there }) => (base ? kept(there, base, (on) => alone[on].has(id)) : [])),
    ...users.flatMap(({ base, name, ...there }) =>
      base ? kept(there, baseOf({ ...base, id: userBaseId(name) }), isFollowing) : [],
    ),
  ];
}

const SIDES = ['left', 'right'] as const;
