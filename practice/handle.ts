/** What can be done to a running practice device besides asking it over HTTP. */
import type { Fault } from './faults.ts';
import { lock } from './life.ts';
import type { Health, Machine, PracticeNode } from './node.ts';
import { factoryReset, powerCycle, writeIdentity } from './power.ts';
import { seedKeys } from './seed.ts';
import type { Listener } from './server.ts';
import type { Store } from './store.ts';
import { createTlsIdentity } from './tls-identity.ts';

/** One node of a practice device. */
export interface NodeHandle {
  deviceId: string;
  /** With `/api/v1`. */
  url: string;
  /** `sha256:…` of the public key, with TLS only. */
  pin: string | undefined;
  /** The node from the inside: its state, counters and store. */
  node: PracticeNode;
  /** Lets something go wrong with one of the next requests. */
  inject: (fault: Fault) => void;
  /** Takes back the faults that have not hit yet. */
  clearFaults: () => void;
  /** Off and on: connections are cut, memory is gone, the store stays. */
  powerCycle: () => void;
  /** Puts it into a state: `Failed` (no quorum) and back, or `Locked`, which only unlocking ends. */
  setHealth: (health: Health) => void;
  /** Sets its clock ahead, or back. */
  skewClock: (ms: number) => void;
  /** Another TLS key from now on; gives its pin. */
  renewCertificate: () => string;
}

/** A running practice device, of one node or several. */
export interface PracticeDevice extends Pick<NodeHandle, 'url' | 'pin' | 'node'> {
  nodes: NodeHandle[];
  /** Puts many Ed25519 keys into a namespace (`''` for root), ids `<prefix>0000001` and on. */
  seedKeys: (namespace: string, count: number, prefix?: string) => Promise<void>;
  /** The store as it is now, for {@link PracticeDevice.rollBack}. */
  snapshot: () => Store;
  /** Somebody restores an old state behind our back: everything goes back in time, `kv write` rises by one. */
  rollBack: (store: Store) => void;
  /** Whether the disk is full: every write fails. */
  setDiskFull: (full: boolean) => void;
  factoryReset: () => void;
  /** Stops answering; open connections are cut. */
  close: () => Promise<void>;
}

/** The handle of a node that listens. */
export function nodeHandle(node: PracticeNode, listener: Listener, tls: boolean): NodeHandle {
  return {
    deviceId: node.deviceId,
    url: `${listener.origin}/api/v1`,
    get pin() {
      return tls ? node.tls.pin : undefined;
    },
    node,
    inject: (fault) => node.faults.push(fault),
    clearFaults: () => node.faults.splice(0),
    powerCycle: () => {
      listener.cutConnections();
      if (node.machine.gate.restoring?.node === node) node.machine.gate.restoring = undefined;
      powerCycle(node);
    },
    setHealth: (health) => {
      if (health === 'Locked') lock(node);
      else node.health = health;
    },
    skewClock: (ms) => {
      node.timeOffset += ms;
    },
    renewCertificate: () => {
      node.tls = createTlsIdentity();
      writeIdentity(node);
      listener.renewIdentity();
      return node.tls.pin;
    },
  };
}

/** The handle of a device whose nodes listen. */
export function deviceHandle(machine: Machine, nodes: NodeHandle[], listeners: readonly Listener[]): PracticeDevice {
  const [first] = nodes as [NodeHandle];
  const { limit } = machine.quota;
  return {
    url: first.url,
    get pin() {
      return first.pin;
    },
    node: first.node,
    nodes,
    seedKeys: (namespace, count, prefix) => seedKeys(first.node, namespace, count, prefix),
    snapshot: () => machine.store.snapshot(),
    rollBack: (store) => {
      machine.store = store.snapshot();
      first.node.metrics.kvWrite++;
      for (const { node } of nodes) node.users.clear();
    },
    setDiskFull: (full) => {
      machine.quota.limit = full ? 0 : limit;
    },
    factoryReset: () => factoryReset(machine),
    close: async () => {
      await Promise.all(listeners.map((listener) => listener.close()));
    },
  };
}
