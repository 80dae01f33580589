import { randomBytes } from 'node:crypto';
import type { SecretKey } from '../core/backup/sealing.ts';
import type { Fault } from './faults.ts';
import type { Gate } from './gate.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import type { Quota } from './quota.ts';
import type { Release } from './release.ts';
import type { Store } from './store.ts';
import { createTlsIdentity, type TlsIdentity } from './tls-identity.ts';
import type { Account } from './users.ts';

/** The states of a device. */
export type Health = 'Unprovisioned' | 'Locked' | 'Operational' | 'Failed';

/** What the nodes of one device share. */
export interface Machine {
  release: Release;
  store: Store;
  quota: Quota;
  /** Who may write now: nobody while a restore is on its way. */
  gate: Gate;
  nodes: PracticeNode[];
  /** How long a creation pauses between looking and writing. */
  creationPauseMs: number;
  /** Milliseconds since 1970 of the world around; injected by tests. */
  now: () => number;
}

/** One node: its own clock, counters and keys in memory, on the shared store. */
export interface PracticeNode {
  readonly machine: Machine;
  readonly deviceId: string;
  /** What a real device has in its TPM: seals the local configuration. */
  readonly deviceKey: SecretKey;
  /** What it answers HTTPS with, and shows as its certificate. */
  tls: TlsIdentity;
  health: Health;
  /** In memory while Operational. */
  domainKey: SecretKey | undefined;
  /** What the device's clock is ahead of the world, in milliseconds. */
  timeOffset: number;
  bootedAt: number;
  metrics: Metrics;
  /** Uses of keys by path, not yet written to the store. */
  uses: Map<string, number>;
  /** When they were written last. */
  countersWrittenAt: number;
  /** Users seen, for ten seconds: another node's change shows late. */
  users: Map<string, { account: Account; until: number }>;
  /** Until when a log-in of user and address is refused unseen. */
  punished: Map<string, number>;
  /** Set while the node passes over its store for a backup: requests wait for it. */
  busy: Promise<void> | undefined;
  /** What is to go wrong on purpose. */
  faults: Fault[];
}

/** A node as it stands after power-on, without its place in the machine's list. */
export function createNode(machine: Machine, deviceId: string): PracticeNode {
  return {
    machine,
    deviceId,
    deviceKey: randomBytes(32),
    tls: createTlsIdentity(),
    health: 'Unprovisioned',
    domainKey: undefined,
    timeOffset: 0,
    bootedAt: machine.now(),
    metrics: createMetrics(),
    uses: new Map(),
    countersWrittenAt: machine.now(),
    users: new Map(),
    punished: new Map(),
    busy: undefined,
    faults: [],
  };
}

/** The device's own time, in milliseconds since 1970. */
export const deviceTime = (node: PracticeNode): number => node.machine.now() + node.timeOffset;
