import type { KeyId } from '../../names.ts';
import { createPackedDigests } from '../../packed-digests.ts';
import { createPackedTexts } from '../../packed-texts.ts';

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
  const ids = createPackedTexts<KeyId>();
  const digests = createPackedDigests();
  return {
    get length() {
      return ids.length;
    },
    add(id, sealed) {
      ids.add(id);
      digests.add(sealed);
    },
    *batches() {
      for (let from = 0; from < ids.length; from += BATCH) {
        yield Array.from({ length: Math.min(BATCH, ids.length - from) }, (_, i) => ({
          id: ids.at(from + i),
          sealed: digests.at(from + i),
        }));
      }
    },
  };
}
