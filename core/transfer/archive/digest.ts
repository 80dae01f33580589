import { createHash } from 'node:crypto';
import type { SealedEntry } from '../sealed-entry.ts';

/** Bytes of the two lengths in front of a path; a path has about 300 bytes at most. */
const LENGTHS = 8;

/** A SHA-256 over entries in their order, with their lengths, so that no two lists have one digest. */
export function entriesDigest(): { add(entry: SealedEntry): void; hex(): string } {
  const hash = createHash('sha256');
  const head = Buffer.alloc(LENGTHS + 1024);
  return {
    add({ path, value }) {
      const bytes = head.write(path, LENGTHS);
      head.writeUInt32BE(bytes, 0);
      head.writeUInt32BE(value.length, 4);
      hash.update(head.subarray(0, LENGTHS + bytes)).update(value);
    },
    hex: () => hash.digest('hex'),
  };
}
