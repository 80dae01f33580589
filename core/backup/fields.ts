import { Problem } from '../problem.ts';
import { type BackupVersion, END_MARK, LENGTH_BYTES, MAX_ENTRY_BYTES } from './format.ts';
import { NONCE_BYTES, TAG_BYTES } from './sealing.ts';

/** The smallest sealed entry: nonce, length of the path, a path of one byte, tag. */
const MIN_ENTRY_BYTES = NONCE_BYTES + LENGTH_BYTES + 1 + TAG_BYTES;

/** Whole sealed entries in a row. */
export interface SealedFields {
  bytes: Buffer;
  /** Where in `bytes` each begins, behind its length; it ends where the next length begins. */
  starts: number[];
  /** Where the last one ends. */
  end: number;
  /** Where in the file `bytes` begins. */
  offset: number;
}

/** A 3-byte big-endian length; `readUIntBE` does the same at twice the price. */
export const readLength = (bytes: Buffer, at: number): number =>
  ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);

/** Where in its bytes a field begins, behind its length. */
export const startOf = (fields: SealedFields, i: number): number => fields.starts[i] as number;

/** Where in its bytes a field ends. */
export const endOf = (fields: SealedFields, i: number): number =>
  i + 1 < fields.starts.length ? startOf(fields, i + 1) - LENGTH_BYTES : fields.end;

/** Cuts the bytes behind the header into sealed entries, pushed in chunks of any size. */
export interface FieldCutter {
  /** Takes what comes next, gives the fields that are whole now. A fault stands in {@link problem} then, and ends it. */
  push(...chunks: Uint8Array[]): SealedFields;
  /** Tells that the file ends here; gives what is wrong with it, if anything. */
  end(): Problem | undefined;
  readonly problem: Problem | undefined;
  /** The bytes behind the zero length of version 1, as far as they came. */
  readonly endMark: Buffer | undefined;
}

/**
 * Makes a {@link FieldCutter}; `offset` is where in the file the first entry begins. It holds no more than one field and
 * one chunk, and copies only what straddles two chunks; or everything, once: `own` fields stand in memory of their own
 * that their taker may give away.
 */
export function createFieldCutter(
  version: BackupVersion,
  place: string,
  offset: number,
  memory: 'shared' | 'own' = 'shared',
): FieldCutter {
  let pieces: Uint8Array[] = [];
  let pending = 0;
  /** So many bytes must be there before it is worth looking again. */
  let needed = LENGTH_BYTES;
  let endMark: Buffer | undefined;
  let problem: Problem | undefined;

  /** Finds the fields that are whole; gives where it stopped. */
  const cut = (bytes: Buffer, starts: number[]): number => {
    let at = 0;
    while (at + LENGTH_BYTES <= bytes.length) {
      const length = readLength(bytes, at);
      if (length === 0 && version === 1) {
        endMark = Buffer.alloc(0);
        return at;
      }
      if (length < MIN_ENTRY_BYTES || length > MAX_ENTRY_BYTES) {
        const why = `an entry claims ${length} bytes, ${MIN_ENTRY_BYTES} to ${MAX_ENTRY_BYTES} are possible`;
        problem = damaged(place, offset + at, why);
        return at;
      }
      const start = at + LENGTH_BYTES;
      if (start + length > bytes.length) {
        needed = LENGTH_BYTES + length;
        return at;
      }
      starts.push(start);
      at = start + length;
    }
    needed = LENGTH_BYTES;
    return at;
  };

  const takeEndMark = (bytes: Buffer): void => {
    endMark = Buffer.concat([endMark ?? Buffer.alloc(0), bytes.subarray(0, END_MARK.length + 1)]);
    if (!endMark.equals(END_MARK.subarray(0, endMark.length))) problem ??= damaged(place, offset, whyNotEnd(endMark));
  };

  return {
    push(...chunks) {
      const fields: SealedFields = { bytes: NOTHING, starts: [], end: 0, offset };
      if (endMark !== undefined) {
        for (const chunk of chunks) takeEndMark(asBuffer(chunk));
        return fields;
      }
      pieces.push(...chunks);
      for (const { length } of chunks) pending += length;
      if (pending < needed) return fields;
      fields.bytes = memory === 'own' || pieces.length > 1 ? joined(pieces, pending) : asBuffer(pieces[0] ?? NOTHING);
      fields.end = cut(fields.bytes, fields.starts);
      offset += fields.end;
      // A copy, and a small one: what is whole must not be held on to, nor be gone when its taker gave it away.
      const rest = Buffer.from(fields.bytes.subarray(fields.end));
      pieces = rest.length > 0 ? [rest] : [];
      pending = rest.length;
      if (endMark !== undefined) {
        offset += LENGTH_BYTES;
        pending = 0;
        takeEndMark(rest.subarray(LENGTH_BYTES));
      }
      return fields;
    },
    end() {
      const whole = version === 0 ? pending === 0 : endMark?.length === END_MARK.length;
      return problem ?? (whole ? undefined : truncated(place, offset + pending + (endMark?.length ?? 0)));
    },
    get problem() {
      return problem;
    },
    get endMark() {
      return endMark;
    },
  };
}

const NOTHING = Buffer.alloc(0);

/** Pieces in one memory of their own: what `concat` takes from a pool of the process could not be given away. */
function joined(pieces: readonly Uint8Array[], length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

const asBuffer = (chunk: Uint8Array): Buffer =>
  Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);

const whyNotEnd = (mark: Buffer): string =>
  mark.subarray(0, END_MARK.length).equals(END_MARK)
    ? 'something follows the end mark'
    : 'the end mark is not the one that a device writes';

/** The problem of a file with a fault at a place, in bytes from its beginning. */
export const damaged = (place: string, at: number, why: string): Problem =>
  new Problem({
    kind: 'damaged',
    place: `${place}, byte ${at}`,
    cause: why,
    remedy: 'Use another copy of the file, or make a new backup',
  });

/** The problem of a file that is cut at a place, in bytes from its beginning. */
export const truncated = (place: string, at: number): Problem =>
  new Problem({
    kind: 'truncated',
    place: `${place}, byte ${at}`,
    cause: 'the file ends too early',
    remedy: 'Fetch or copy it again: the entries before this place are whole, what came after is missing',
  });
