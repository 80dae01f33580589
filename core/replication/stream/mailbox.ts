/** A box that letters are dropped into and that one reader empties. */
export interface Mailbox<T> {
  put(letter: T): void;
  /** Everything that is there, at least one letter; waits for it. Rejects with the signal's reason when it fires. */
  take(signal: AbortSignal): Promise<T[]>;
  /** Everything that is there, perhaps nothing. */
  empty(): T[];
}

/** Makes an empty box. */
export function createMailbox<T>(): Mailbox<T> {
  let letters: T[] = [];
  let wake = (): void => {};
  const empty = (): T[] => {
    const all = letters;
    letters = [];
    return all;
  };
  return {
    put(letter) {
      letters.push(letter);
      wake();
    },
    empty,
    take(signal) {
      return new Promise((resolve, reject) => {
        const stop = (): void => {
          wake = () => {};
          reject(signal.reason);
        };
        if (signal.aborted) return stop();
        if (letters.length > 0) return resolve(empty());
        signal.addEventListener('abort', stop, { once: true });
        wake = () => {
          wake = () => {};
          signal.removeEventListener('abort', stop);
          resolve(empty());
        };
      });
    },
  };
}
