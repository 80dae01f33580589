/** Practice devices: a NetHSM in this process, on loopback, to try things on. See README.md for what it imitates. */
import { randomBytes } from 'node:crypto';
import { createGate } from './gate.ts';
import { createNode, type Machine, type PracticeNode } from './node.ts';
import { writeIdentity } from './power.ts';
import { RELEASES, type ReleaseName } from './release.ts';
import { type Listener, listen } from './server.ts';
import { Store } from './store.ts';

export type { PracticeNode } from './node.ts';
export type { ReleaseName } from './release.ts';

/** What a practice device is to be. */
export interface PracticeOptions {
  /** What `/system/info` says; a random one when absent. */
  deviceId?: string;
  /** TCP port on 127.0.0.1; any free one when absent. */
  port?: number;
  /** HTTPS with a self-signed certificate in place of HTTP. */
  tls?: boolean;
  release?: ReleaseName;
  /** The world's clock in milliseconds since 1970; `Date.now` when absent. */
  now?: () => number;
}

/** A running practice device. */
export interface PracticeDevice {
  /** With `/api/v1`. */
  url: string;
  /** `sha256:…` of the public key, with `tls` only. */
  pin: string | undefined;
  /** For practice and tests: the device from the inside. */
  node: PracticeNode;
  /** Stops answering; open connections are cut. */
  close: () => Promise<void>;
}

/** Starts a practice device, Unprovisioned. */
export async function startPracticeDevice(options: PracticeOptions = {}): Promise<PracticeDevice> {
  const machine: Machine = {
    release: RELEASES[options.release ?? '5.0'],
    store: new Store(),
    gate: createGate(),
    nodes: [],
    now: options.now ?? Date.now,
  };
  const node = createNode(machine, options.deviceId ?? randomBytes(5).toString('hex'));
  machine.nodes.push(node);
  writeIdentity(node);
  const listener: Listener = await listen(node, { port: options.port ?? 0, tls: options.tls ?? false });
  return {
    url: `${listener.origin}/api/v1`,
    pin: options.tls === true ? node.tls.pin : undefined,
    node,
    close: listener.close,
  };
}
