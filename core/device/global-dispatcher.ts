/**
 * The process-wide dispatchers as they were before undici was loaded: undici puts its own there when it is imported,
 * which would change `fetch` for everybody else in the process. `undici.ts` imports this file first, then puts them back.
 */
const SLOTS = [Symbol.for('undici.globalDispatcher.1'), Symbol.for('undici.globalDispatcher.2')];

const before = SLOTS.map((slot) => Reflect.get(globalThis, slot) as unknown);

/** Puts the dispatchers back that were there before undici was imported. */
export function restoreGlobalDispatchers(): void {
  for (const [i, slot] of SLOTS.entries()) Reflect.set(globalThis, slot, before[i]);
}
