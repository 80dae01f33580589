import { createHash } from 'node:crypto';
import type { SealedStore } from './paths.ts';

/** The sealed stores in the order in which their versions go into the fingerprint. */
const STORES: SealedStore[] = ['key', 'authentication', 'namespace'];

/**
 * What tells one Domain Key from another without opening it: SHA-256 over the sealed `.version` entries of the three
 * stores. They are written once and copied by pairing, so they are byte-equal on devices that share a Domain Key and
 * different otherwise.
 */
export function domainFingerprint(versions: Record<SealedStore, Uint8Array>): string {
  const hash = createHash('sha256');
  for (const store of STORES) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(versions[store].length);
    hash.update(length).update(versions[store]);
  }
  return `sha256:${hash.digest('hex')}`;
}
