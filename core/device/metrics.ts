import * as z from 'zod';
import { readJson } from './answer.ts';
import type { CallOptions, Credential, DeviceNode } from './node.ts';

/** Counters are numbers written as text; one that never counted is absent. */
const COUNTER = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)
  .default(0);
const METRICS = z.object({ 'kv write': COUNTER, uptime: COUNTER });

export interface Metrics {
  /** Writes on this node since its start, over all namespaces and the configuration. */
  kvWrite: number;
  /** Seconds since its start: falls at a reboot. */
  uptime: number;
}

/** The counters by which changes are noticed; Metrics users only. */
export async function readMetrics(
  node: DeviceNode,
  credential: Credential,
  options: CallOptions = {},
): Promise<Metrics> {
  const metrics = await node.request({ endpoint: 'metrics', credential, ...options }, (answer) =>
    readJson(answer, METRICS),
  );
  return { kvWrite: metrics['kv write'], uptime: metrics.uptime };
}
