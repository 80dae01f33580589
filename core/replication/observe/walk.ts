import { type Batches, type Meeting, meet } from '../../inventory/compare.ts';
import type { KeyId } from '../../names.ts';
import type { Context } from '../context.ts';
import type { Base, Link } from '../journal/journal.ts';
import type { Policy } from '../policy.ts';
import type { DeviceLook } from './device-look.ts';
import { createSealedList, type SealedKey, type SealedList } from './sealed-list.ts';
import { isUserBase } from './user-triples.ts';

type Met = Meeting<Meeting<SealedKey, SealedKey>, Base>;

/** A key that needs a closer look. */
export interface Suspect {
  id: KeyId;
  left?: Buffer;
  right?: Buffer;
  base?: Base;
}

/** What the walk through both devices and the journal found. */
export interface Found {
  suspects: Suspect[];
  equal: SealedList;
  gone: KeyId[];
  same: number;
  keys: { left: number; right: number };
  userBases: Map<string, Base>;
}

/** Walks both devices and the journal side by side, in the order of ids. Reads both passes to their ends. */
export async function compareKeys(
  ctx: Context,
  policy: Policy,
  link: Link,
  left: DeviceLook,
  right: DeviceLook,
): Promise<Found> {
  const userBases = new Map<string, Base>();
  async function* bases(): AsyncGenerator<readonly Base[]> {
    for (const batch of ctx.journal.bases(link)) {
      for (const base of batch) if (isUserBase(base)) userBases.set(base.id, base);
      yield batch.filter((base) => !isUserBase(base));
    }
  }
  const found: Found = {
    suspects: [],
    equal: createSealedList(),
    gone: [],
    same: 0,
    keys: { left: 0, right: 0 },
    userBases,
  };
  const both: Batches<Meeting<SealedKey, SealedKey>> = meet(left.keys(), right.keys());
  for await (const batch of meet(both, bases())) {
    for (const met of batch) if (policy.includes(met.id as KeyId)) sort(met, found);
  }
  return found;
}

/** Decides of one id whether its sealed values tell all there is to know. */
function sort({ id: text, left: there, right: base }: Met, found: Found): void {
  const id = text as KeyId;
  const [left, right] = [there?.left?.sealed, there?.right?.sealed];
  if (left !== undefined) found.keys.left += 1;
  if (right !== undefined) found.keys.right += 1;
  if (left === undefined && right === undefined) {
    found.gone.push(id);
    return;
  }
  if (left !== undefined && right !== undefined) {
    const isKnown = base?.left.equals(left) === true && base.right.equals(right);
    if (isKnown || left.equals(right)) {
      found.same += 1;
      if (!isKnown) found.equal.add(id, left);
      return;
    }
  }
  found.suspects.push({ id, ...(left && { left }), ...(right && { right }), ...(base && { base }) });
}
