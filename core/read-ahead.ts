/**
 * The same items, each asked for while the one before is still worked on: for a source that takes time of its own. A
 * failure of the source is thrown in its turn. One item more than the source's own is held.
 */
export async function* readAhead<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  const source = items[Symbol.asyncIterator]();
  const ask = (): Promise<IteratorResult<T>> => {
    const step = source.next();
    // Awaited in its turn; until then a failure must not count as one that nobody looks at.
    step.catch(() => {});
    return step;
  };
  let next = ask();
  try {
    for (;;) {
      const step = await next;
      if (step.done === true) return;
      next = ask();
      yield step.value;
    }
  } finally {
    await next.catch(() => {});
    await source.return?.();
  }
}
