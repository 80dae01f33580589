/** Reads exact counts of bytes from a stream of chunks. */
export interface ByteReader {
  /** The next bytes, or undefined when the stream ends before that many; `short` then holds what there was. */
  take(count: number): Promise<Buffer | undefined>;
  /** Whether the stream has ended with nothing left. */
  atEnd(): Promise<boolean>;
}

/** A reader over chunks. */
export function byteReader(source: AsyncIterable<Buffer>): ByteReader {
  const chunks = source[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  let ended = false;
  const fill = async (count: number): Promise<void> => {
    const parts = [held];
    let size = held.length;
    while (size < count && !ended) {
      const { done, value } = await chunks.next();
      if (done === true) ended = true;
      else {
        parts.push(value);
        size += value.length;
      }
    }
    held = parts.length === 1 ? held : Buffer.concat(parts);
  };
  return {
    take: async (count) => {
      if (held.length < count) await fill(Math.max(count, 1));
      if (held.length < count) return undefined;
      const bytes = held.subarray(0, count);
      held = held.subarray(count);
      return bytes;
    },
    atEnd: async () => {
      if (held.length === 0) await fill(1);
      return held.length === 0;
    },
  };
}
