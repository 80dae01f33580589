import { Problem } from '../problem.ts';

/** The chunks of a source, one by one, until somebody has enough. */
export interface Chunks {
  /** The next chunk, undefined at the end. Throws `cancelled` when the signal fires, also while waiting. */
  next(): Promise<Uint8Array | undefined>;
  /** Lets go of the source. A source that is stuck is not waited for. */
  close(): Promise<void>;
}

/** Takes hold of a source. */
export function takeChunks(source: AsyncIterable<Uint8Array>, place: string, signal?: AbortSignal): Chunks {
  const iterator = source[Symbol.asyncIterator]();
  let waiting = false;

  const step = async (): Promise<Uint8Array | undefined> => {
    waiting = true;
    try {
      const result = await iterator.next();
      return result.done === true ? undefined : result.value;
    } finally {
      waiting = false;
    }
  };
  return {
    next() {
      if (signal === undefined) return step();
      return new Promise((resolve, reject) => {
        const cancel = (): void => reject(cancelled(place));
        if (signal.aborted) return cancel();
        signal.addEventListener('abort', cancel, { once: true });
        step()
          .then(resolve, reject)
          .finally(() => signal.removeEventListener('abort', cancel));
      });
    },
    async close() {
      const closing = iterator.return?.();
      if (!waiting) await closing;
      else closing?.catch(() => {});
    },
  };
}

const cancelled = (place: string): Problem =>
  new Problem({ kind: 'cancelled', place, cause: 'reading was stopped', remedy: 'Start it again when it suits' });
