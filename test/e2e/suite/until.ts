import { setTimeout as delay } from 'node:timers/promises';

/** Waits until something is so, and gives it. */
export async function until<T>(look: () => T | undefined | false | PromiseLike<T | undefined | false>): Promise<T> {
  const end = Date.now() + 10_000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > end) throw new Error(`it did not come to pass: ${look}`);
    await delay(50);
  }
}
