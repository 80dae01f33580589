/** Practice devices: a NetHSM in this process, on loopback, to try things on. See README.md for what it imitates. */
import { randomBytes } from 'node:crypto';
import { createGate } from './gate.ts';
import { deviceHandle, nodeHandle, type PracticeDevice } from './handle.ts';
import { createNode, type Machine } from './node.ts';
import { writeIdentity } from './power.ts';
import { createQuota } from './quota.ts';
import { RELEASES, type ReleaseName } from './release.ts';
import { listen } from './server.ts';
import { Store } from './store.ts';

export { type Fault, type FaultKind, PROXY_PAGE } from './faults.ts';
export type { NodeHandle, PracticeDevice } from './handle.ts';
export type { Health, PracticeNode } from './node.ts';
export { RELEASES, type ReleaseName } from './release.ts';

/** What a practice device is to be. */
export interface PracticeOptions {
  /** What `/system/info` says of the first node, `<id>-2` and on of the others; a random one when absent. */
  deviceId?: string;
  /** TCP port on 127.0.0.1 of the first node, the next ones of the others; any free ones when absent. */
  port?: number;
  /** HTTPS with a self-signed certificate in place of HTTP. */
  tls?: boolean;
  /** How many nodes share the store: 1 when absent. */
  nodes?: number;
  /** The newest when absent. */
  release?: ReleaseName;
  /** What the store takes with the values of the last hour, in bytes; as the real one when absent. */
  quotaBytes?: number;
  /** How long a creation pauses between looking whether the name is free and writing: a moment when absent. */
  creationPauseMs?: number;
  /** The world's clock in milliseconds since 1970; `Date.now` when absent. */
  now?: () => number;
}

/** Starts a practice device, Unprovisioned. */
export async function startPracticeDevice(options: PracticeOptions = {}): Promise<PracticeDevice> {
  const machine: Machine = {
    release: RELEASES[options.release ?? '5.0'],
    store: new Store(),
    quota: createQuota(options.quotaBytes),
    gate: createGate(),
    nodes: [],
    creationPauseMs: options.creationPauseMs ?? 0,
    now: options.now ?? Date.now,
  };
  const deviceId = options.deviceId ?? randomBytes(5).toString('hex');
  const tls = options.tls ?? false;
  for (let i = 1; i <= (options.nodes ?? 1); i++) {
    const node = createNode(machine, i === 1 ? deviceId : `${deviceId}-${i}`);
    machine.nodes.push(node);
    writeIdentity(node);
  }
  const listeners = await Promise.all(
    machine.nodes.map((node, i) => listen(node, { port: options.port === undefined ? 0 : options.port + i, tls })),
  );
  const handles = machine.nodes.map((node, i) => nodeHandle(node, listeners[i] as (typeof listeners)[number], tls));
  return deviceHandle(machine, handles, listeners);
}
