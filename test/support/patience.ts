import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/** How often is looked, in milliseconds. */
const EVERY = 20;

/**
 * Makes a function that waits until something is so, for work that goes on by itself; it fails after `usual` milliseconds, or
 * those that are given, and tells what was `said` meanwhile.
 */
export const patience =
  (usual: number, said: () => string = () => '') =>
  async (what: string, isSo: () => boolean | Promise<boolean>, ms = usual): Promise<void> => {
    const end = Date.now() + ms;
    while (!(await isSo())) {
      if (Date.now() > end) assert.fail(`${what} did not happen ${said()}`);
      await sleep(EVERY);
    }
  };
