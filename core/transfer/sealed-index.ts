import { createHash } from 'node:crypto';
import { comparePaths } from '../backup/paths.ts';

const DIGEST_BYTES = 16;

/** Digests of sealed values by path: 16 bytes and the path an entry, so that a million stay small. */
export interface SealedIndex {
  /** Adds an entry; entries come in the order of paths. */
  add(path: string, value: Uint8Array): void;
  /** Whether an entry is there, with whatever bytes. */
  has(path: string): boolean;
  /** Whether an entry is there with just these bytes. */
  holds(path: string, value: Uint8Array): boolean;
}

const digest = (value: Uint8Array): Buffer => createHash('sha256').update(value).digest().subarray(0, DIGEST_BYTES);

/** Makes an empty index. */
export function createSealedIndex(): SealedIndex {
  const paths: string[] = [];
  let digests = Buffer.alloc(DIGEST_BYTES * 64);
  const find = (path: string): number => {
    let [low, high] = [0, paths.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (comparePaths(paths[middle] as string, path) < 0) low = middle + 1;
      else high = middle;
    }
    return paths[low] === path ? low : -1;
  };
  return {
    add(path, value) {
      const at = paths.length * DIGEST_BYTES;
      if (at === digests.length) digests = Buffer.concat([digests, Buffer.alloc(digests.length)]);
      digest(value).copy(digests, at);
      paths.push(path);
    },
    has: (path) => find(path) >= 0,
    holds(path, value) {
      const at = find(path) * DIGEST_BYTES;
      return at >= 0 && digest(value).equals(digests.subarray(at, at + DIGEST_BYTES));
    },
  };
}
