import type { KeyId } from '../../names.ts';

/** Bytes of a digest of a sealed value. */
const DIGEST_BYTES = 16;
/** How many are told of at once. */
const BATCH = 1024;

/** A key by the digest of its sealed value. */
export interface SealedKey {
  id: KeyId;
  sealed: Buffer;
}

/** Keys with the digests of their sealed values: an id and 16 bytes each, so that a million stay small. */
export interface SealedList {
  readonly length: number;
  add(id: KeyId, sealed: Uint8Array): void;
  /** In the order in which they were added. */
  batches(): Generator<SealedKey[]>;
}

/** Makes an empty list. */
export function createSealedList(): SealedList {
  const ids: KeyId[] = [];
  let digests = Buffer.alloc(DIGEST_BYTES * 64);
  return {
    get length() {
      return ids.length;
    },
    add(id, sealed) {
      const at = ids.length * DIGEST_BYTES;
      if (at === digests.length) digests = Buffer.concat([digests, Buffer.alloc(digests.length)]);
      digests.set(sealed, at);
      ids.push(id);
    },
    *batches() {
      for (let from = 0; from < ids.length; from += BATCH) {
        yield ids.slice(from, from + BATCH).map((id, i) => {
          const at = (from + i) * DIGEST_BYTES;
          return { id, sealed: digests.subarray(at, at + DIGEST_BYTES) };
        });
      }
    },
  };
}
