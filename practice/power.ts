import { keyEntry, readKey } from './keys/stored.ts';
import { commit, localEntry } from './layout.ts';
import { createMetrics } from './metrics.ts';
import type { PracticeNode } from './node.ts';

/** Writes the uses that a node counted in memory, as it does once an hour and at shutdown: one write (FACTS, Finding changes). */
export function writeCounters(node: PracticeNode): void {
  if (node.health !== 'Operational') return;
  const changes = [...node.uses].flatMap(([path, uses]) => {
    const key = readKey(node, path);
    if (key === undefined || key === 'unreadable') return [];
    return [keyEntry(node, path, { ...key, operations: key.operations + uses })];
  });
  node.uses.clear();
  if (changes.length > 0) commit(node, changes);
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

/** What a node has before anybody provisioned it: its TLS key and certificate. */
export function writeIdentity(node: PracticeNode): void {
  const der = Buffer.from(node.tls.certificate.replaceAll(/-----[^-]*-----|\s/g, ''), 'base64');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(der.length);
  commit(node, [
    localEntry(node, 'certificate', Buffer.concat([length, der])),
    localEntry(node, 'private-key', Buffer.from(node.tls.key)),
  ]);
  node.metrics = createMetrics();
}
