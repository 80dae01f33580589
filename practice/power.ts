import { Refusal } from './answer.ts';
import { createGate } from './gate.ts';
import { keyEntry, readKey } from './keys/stored.ts';
import { localEntry } from './layout.ts';
import { createMetrics } from './metrics.ts';
import type { Machine, PracticeNode } from './node.ts';
import { Store } from './store.ts';
import { commit, writeTransaction } from './write.ts';

/** Writes the uses that a node counted in memory, as it does once an hour and at shutdown: one write (FACTS, Finding changes). */
export function writeCounters(node: PracticeNode): void {
  if (node.health !== 'Operational') return;
  const changes = [...node.uses].flatMap(([path, uses]) => {
    const key = readKey(node, path);
    if (key === undefined || key === 'unreadable') return [];
    return [keyEntry(node, path, { ...key, operations: key.operations + uses })];
  });
  node.uses.clear();
  if (changes.length === 0) return;
  try {
    commit(node, changes);
  } catch (error) {
    // A full store takes no counters either: they are lost, and nobody asked for an answer.
    if (!(error instanceof Refusal)) throw error;
  }
}

const HOUR = 3_600_000;

/** Writes them when an hour has passed; looked at with every request, so that no timer keeps a process alive. */
export function writeCountersHourly(node: PracticeNode): void {
  const now = node.machine.now();
  if (now - node.countersWrittenAt < HOUR) return;
  node.countersWrittenAt = now;
  writeCounters(node);
}

/** Off and on again: memory is gone, the store stays; what was provisioned is Locked. */
export function powerCycle(node: PracticeNode): void {
  writeCounters(node);
  node.domainKey = undefined;
  node.users.clear();
  node.uses.clear();
  node.punished.clear();
  node.metrics = createMetrics();
  node.bootedAt = node.machine.now();
  if (node.health !== 'Unprovisioned') node.health = 'Locked';
}

/** Back to how it left the factory, all nodes; only the TLS identities stay. */
export function factoryReset(machine: Machine): void {
  machine.store = new Store();
  machine.gate = createGate();
  for (const node of machine.nodes) {
    powerCycle(node);
    node.health = 'Unprovisioned';
    node.timeOffset = 0;
    writeIdentity(node);
  }
}

/** What a node has before anybody provisioned it: its TLS key and certificate. */
export function writeIdentity(node: PracticeNode): void {
  const der = Buffer.from(node.tls.certificate.replaceAll(/-----[^-]*-----|\s/g, ''), 'base64');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(der.length);
  writeTransaction(node, [
    localEntry(node, 'certificate', Buffer.concat([length, der])),
    localEntry(node, 'private-key', Buffer.from(node.tls.key)),
  ]);
}
