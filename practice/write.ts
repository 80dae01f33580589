import { refuse } from './answer.ts';
import type { PracticeNode } from './node.ts';
import { claim } from './quota.ts';

/** A write of one entry: `undefined` removes it. */
export interface Change {
  path: string;
  value: Buffer | undefined;
}

/** What the store takes in one transaction (etcd's limit). */
const TRANSACTION_ENTRIES = 512;

const FULL = 'Could not write to database. Check logs.';

/** Writes changes and counts none; for what another node of the cluster is credited with. */
export function writeTransaction(node: PracticeNode, changes: readonly Change[]): void {
  const { store, quota, now } = node.machine;
  const bytes = changes.reduce((sum, { path, value }) => sum + path.length + (value?.length ?? 0), 0);
  if (!claim(quota, now(), store.bytes, bytes)) refuse(500, FULL);
  for (const { path, value } of changes) {
    if (value === undefined) store.delete(path);
    else store.set(path, value);
  }
}

/** Writes changes of this node: `kv write` rises by one. Refuses with 500 when the store is full. */
export function commit(node: PracticeNode, changes: readonly Change[]): void {
  writeTransaction(node, changes);
  node.metrics.kvWrite++;
}

/**
 * Writes what may be more than a transaction takes: the last block first, so that a full store leaves the end of a file
 * without its beginning (FACTS hazard 7). `kv write` rises by one for all of it.
 */
export function commitBlocks(node: PracticeNode, changes: readonly Change[]): void {
  for (let end = changes.length; end > 0; end -= TRANSACTION_ENTRIES) {
    writeTransaction(node, changes.slice(Math.max(0, end - TRANSACTION_ENTRIES), end));
  }
  node.metrics.kvWrite++;
}
