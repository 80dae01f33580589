import { setTimeout as sleep } from 'node:timers/promises';
import type { PracticeNode } from './node.ts';

/**
 * The moment between "does it exist?" and the write: creating is not atomic (FACTS, Concurrency), so two creations of one
 * name at the same moment both succeed here too. How long the moment is, is up to who starts the device.
 */
export async function pauseBeforeWrite(node: PracticeNode): Promise<void> {
  const ms = node.machine.creationPauseMs;
  await (ms === 0 ? new Promise((resolve) => setImmediate(resolve)) : sleep(ms));
}
