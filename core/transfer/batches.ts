import { Problem } from '../problem.ts';
import { entryTitle, type SealedEntry } from './sealed-entry.ts';

/** Entries of one restore body: one transaction of the device's store, so all or nothing (hazard 6). */
export const MAX_ENTRIES = 512;
/** Bytes of one restore body. */
export const MAX_BODY_BYTES = 1_000_000;
/** The unlock salt travels in every body, so one entry less is ours. */
export const MAX_OWN_ENTRIES = MAX_ENTRIES - 1;
/** What header, unlock salt, end mark and the multipart frame may take of a body: all of them together are about 1 kB. */
const FRAME_BYTES = 8_192;
/** What an entry's own frame takes: two length fields, nonce and tag. */
const ENTRY_FRAME_BYTES = 3 + 3 + 12 + 16;

/** Bytes of an entry in a body. */
export const entryBytes = (entry: SealedEntry): number =>
  ENTRY_FRAME_BYTES + Buffer.byteLength(entry.path) + entry.value.length;

/** Whether an entry can travel by append at all: a key with a certificate of nearly 1 MB can't. */
export const fitsBody = (entry: SealedEntry): boolean => entryBytes(entry) <= MAX_BODY_BYTES - FRAME_BYTES;

/** The refusal for an entry that no body can hold. */
export const tooLarge = (place: string, entry: SealedEntry): Problem =>
  new Problem({
    kind: 'refused',
    place,
    cause: `${entryTitle(entry)} takes ${entry.value.length} bytes sealed, more than one append may carry`,
    remedy: 'Take its certificate off on the source, copy the key, and put the certificate on both sides',
  });

/**
 * Cuts a stream of entries into bodies within the limits. The first body holds a single entry: what a device makes of
 * it is looked at before more follows.
 */
export async function* cutBodies<E extends SealedEntry>(entries: AsyncIterable<readonly E[]>): AsyncGenerator<E[]> {
  let body: E[] = [];
  let bytes = FRAME_BYTES;
  let first = true;
  for await (const batch of entries) {
    for (const entry of batch) {
      const size = entryBytes(entry);
      if (body.length > 0 && (body.length >= MAX_OWN_ENTRIES || bytes + size > MAX_BODY_BYTES)) {
        yield body;
        [body, bytes] = [[], FRAME_BYTES];
      }
      body.push(entry);
      bytes += size;
      if (first) {
        yield body;
        [body, bytes, first] = [[], FRAME_BYTES, false];
      }
    }
  }
  if (body.length > 0) yield body;
}
