/** How much of each long list is shown, and what it is narrowed to: by the id of its node. */
export interface Pages {
  count(id: string): number;
  more(id: string): void;
  filter(id: string): string | undefined;
  setFilter(id: string, filter: string | undefined): void;
}

/** Pages start at one; another filter starts them anew. */
export function createPages(): Pages {
  const counts = new Map<string, number>();
  const filters = new Map<string, string>();
  return {
    count: (id) => counts.get(id) ?? 1,
    more: (id) => void counts.set(id, (counts.get(id) ?? 1) + 1),
    filter: (id) => filters.get(id),
    setFilter(id, filter) {
      counts.delete(id);
      if (filter === undefined || filter === '') filters.delete(id);
      else filters.set(id, filter);
    },
  };
}
