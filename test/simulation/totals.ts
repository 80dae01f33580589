/** Figures of many stories; plain data, as they go from process to process. */
export interface Totals {
  seeds: number;
  steps: number;
  requests: number;
  failed: number;
  /** The first seed in which something was wrong. */
  first: number | undefined;
  seconds: number;
  /** How often each fault, deed and outcome was. */
  hits: Record<string, number>;
}

export const emptyTotals = (): Totals => ({
  seeds: 0,
  steps: 0,
  requests: 0,
  failed: 0,
  first: undefined,
  seconds: 0,
  hits: {},
});

export function addTotals(to: Totals, part: Totals): void {
  to.seeds += part.seeds;
  to.steps += part.steps;
  to.requests += part.requests;
  to.failed += part.failed;
  if (part.first !== undefined) to.first = Math.min(part.first, to.first ?? part.first);
  for (const [name, hits] of Object.entries(part.hits)) to.hits[name] = (to.hits[name] ?? 0) + hits;
}

export function tellTotals(
  { seeds, steps, requests, failed, first, seconds, hits }: Totals,
  write: (text: string) => void,
): void {
  for (const [name, count] of Object.entries(hits).sort(([a], [b]) => (a < b ? -1 : 1))) {
    write(`${String(count).padStart(9)}  ${name}`);
  }
  const wrong = failed === 0 ? 'nothing wrong' : `${failed} with something wrong, the first ${first}`;
  write(`${seeds} seeds, ${steps} steps, ${requests} requests, ${seconds.toFixed(1)} s: ${wrong}`);
}
