import { LENGTH_BYTES, MAX_RECORD_BYTES } from './format.ts';

/** What came out of the bytes behind the salt: records, and `end` for the zero length. */
export type Piece = Buffer | 'end';

/** Cuts chunks of any size into records; what stays over at the end is given back by `rest`. */
export function recordCutter(): { push(chunk: Buffer): Piece[]; rest(): number; oversized(): number | undefined } {
  let pending: Buffer[] = [];
  let held = 0;
  let needed = LENGTH_BYTES;
  let tooLong: number | undefined;
  return {
    push(chunk) {
      pending.push(chunk);
      held += chunk.length;
      if (held < needed || tooLong !== undefined) return [];
      const bytes = pending.length === 1 ? chunk : Buffer.concat(pending, held);
      const pieces: Piece[] = [];
      let at = 0;
      needed = LENGTH_BYTES;
      while (at + LENGTH_BYTES <= bytes.length) {
        const length = bytes.readUInt32BE(at);
        if (length > MAX_RECORD_BYTES) {
          tooLong = length;
          break;
        }
        const end = at + LENGTH_BYTES + length;
        if (end > bytes.length) {
          needed = LENGTH_BYTES + length;
          break;
        }
        pieces.push(length === 0 ? 'end' : bytes.subarray(at + LENGTH_BYTES, end));
        at = end;
      }
      pending = at === bytes.length ? [] : [bytes.subarray(at)];
      held = bytes.length - at;
      return pieces;
    },
    rest: () => held,
    oversized: () => tooLong,
  };
}
