import { createHash } from 'node:crypto';
import type { SealedEntry } from '../sealed-entry.ts';

/** A SHA-256 over entries in their order, with their lengths, so that no two lists have one digest. */
export function entriesDigest(): { add(entry: SealedEntry): void; hex(): string } {
  const hash = createHash('sha256');
  const lengths = Buffer.alloc(8);
  return {
    add({ path, value }) {
      lengths.writeUInt32BE(Buffer.byteLength(path), 0);
      lengths.writeUInt32BE(value.length, 4);
      hash.update(lengths).update(path).update(value);
    },
    hex: () => hash.digest('hex'),
  };
}
