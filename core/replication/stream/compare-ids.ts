import { checkOff } from '../../inventory/id-lists.ts';
import { compareIds } from '../../inventory/item.ts';
import type { KeyId } from '../../names.ts';

/** What a listing shows beside an earlier one; both in the order of ids. */
export function cameAndWent(before: readonly KeyId[], now: readonly KeyId[]): { came: KeyId[]; went: KeyId[] } {
  const list = checkOff(before);
  for (const id of now) list.see(id);
  return { came: list.extra(), went: list.missing() };
}

/** A list in the order of ids with some more, each once. */
export const withIds = (list: readonly KeyId[], more: readonly KeyId[]): readonly KeyId[] =>
  more.length === 0 ? list : [...new Set([...list, ...more])].sort(compareIds);
