/** Bytes of a digest: of a SHA-256 enough that no two contents ever have one. */
export const DIGEST_BYTES = 16;
/** How many stand together. */
const CHUNK = 1024;

/** Digests in the order in which they were added, 16 bytes each. */
export interface PackedDigests {
  /** Adds the first 16 bytes of a digest; a RangeError when it has fewer. */
  add(digest: Uint8Array): void;
  /** Throws a RangeError for a place where none is. */
  at(index: number): Buffer;
}

/** Makes an empty list: nothing in it is ever moved, so what {@link PackedDigests.at} gave stays as it is. */
export function createPackedDigests(): PackedDigests {
  const chunks: Buffer[] = [];
  let length = 0;
  return {
    add(digest) {
      if (digest.length < DIGEST_BYTES) throw new RangeError(`a digest of ${digest.length} bytes`);
      if (length % CHUNK === 0) chunks.push(Buffer.alloc(CHUNK * DIGEST_BYTES));
      chunks.at(-1)?.set(digest.subarray(0, DIGEST_BYTES), (length % CHUNK) * DIGEST_BYTES);
      length += 1;
    },
    at(index) {
      const start = (index % CHUNK) * DIGEST_BYTES;
      const chunk = index < length ? chunks[Math.floor(index / CHUNK)] : undefined;
      if (chunk === undefined) throw new RangeError(`no digest at ${index}`);
      return chunk.subarray(start, start + DIGEST_BYTES);
    },
  };
}
