import type { PackedIds } from './packed-ids.ts';

/** The ids of a range that come after one, at most so many; `next` is the last of them where there are more. */
export function pageIds(
  ids: PackedIds,
  {
    from = 0,
    to = ids.length,
    after,
    limit,
  }: { from?: number; to?: number; after?: string | undefined; limit: number },
): { page: string[]; next?: string } {
  // The id after it is the first that is not below it with one more character.
  const start = after === undefined ? from : Math.max(from, ids.lowest(`${after}\0`));
  const end = Math.min(to, start + limit);
  const page = Array.from({ length: Math.max(0, end - start) }, (_, i) => ids.at(start + i));
  return { page, ...(end < to && { next: page.at(-1) as string }) };
}
