/**
 * The moment between "does it exist?" and the write: creating is not atomic (FACTS, Concurrency), so two creations of one
 * name at the same moment both succeed here too.
 */
export function pauseBeforeWrite(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
