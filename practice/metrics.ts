/** The counters of a node since its boot, by the names that `/metrics` uses. */
export interface Metrics {
  kvWrite: number;
  /** Answers by status; a status that never was is not listed. */
  responses: Map<number, number>;
  /** Uses of keys; listed all four once one was counted (recording 15). */
  uses: { encrypt: number; decrypt: number; sign: number; generate: number } | undefined;
  /** A sliding mean, in seconds. */
  responseTime: number;
}

export const createMetrics = (): Metrics => ({ kvWrite: 0, responses: new Map(), uses: undefined, responseTime: 0 });

/** Counts one answered request. */
export function countResponse(metrics: Metrics, status: number, ms: number): void {
  metrics.responses.set(status, (metrics.responses.get(status) ?? 0) + 1);
  metrics.responseTime = (metrics.responseTime + ms / 1000) / 2;
}

/** Counts one use of a key. */
export function countUse(metrics: Metrics, kind: 'encrypt' | 'decrypt' | 'sign' | 'generate'): void {
  metrics.uses ??= { encrypt: 0, decrypt: 0, sign: 0, generate: 0 };
  metrics.uses[kind]++;
}

/** The answer of `/metrics`: every value a text. Garbage collection is the real server's own and left out. */
export function reportMetrics(metrics: Metrics, uptimeSeconds: number): Record<string, string> {
  const responses = [...metrics.responses].map(([status, count]) => [`http response ${status}`, String(count)]);
  const total = [...metrics.responses.values()].reduce((sum, count) => sum + count, 0);
  const uses = Object.entries(metrics.uses ?? {}).map(([kind, count]) => [kind, String(count)]);
  return {
    'log errors': '0',
    'log warnings': '0',
    uptime: String(uptimeSeconds),
    'kv write': String(metrics.kvWrite),
    'http response total': String(total),
    'http response time': String(metrics.responseTime),
    ...Object.fromEntries(responses),
    ...Object.fromEntries(uses),
  };
}
