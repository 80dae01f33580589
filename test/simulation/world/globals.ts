/** This process's globals of time, led to the world's: whoever asks for the time or a timer gets the world's. */
import { later, world } from './world.ts';

/** Those of the machine, for the harness itself. */
export const machine = {
  now: performance.now.bind(performance),
  setTimeout: globalThis.setTimeout,
  setImmediate: globalThis.setImmediate,
};

const RealDate = Date;

class WorldDate extends RealDate {
  constructor(...parts: []) {
    if (parts.length === 0) super(world().now);
    else super(...parts);
  }

  static override now(): number {
    return world().now;
  }
}

/** Leads `Date`, `performance`, `setTimeout` and `Math.random` to the world. */
export function installGlobals(): void {
  const start = world().now;
  Object.defineProperty(globalThis, 'performance', {
    value: { now: () => world().now - start + 1_000_000, mark: () => {}, measure: () => {} },
    configurable: true,
  });
  Math.random = () => world().chance.bytes.float();
  Object.assign(globalThis, {
    Date: WorldDate,
    setTimeout: (run: (...given: unknown[]) => void, ms = 0, ...given: unknown[]) => {
      const cancel = later(ms, () => run(...given));
      const handle = { cancel, unref: () => handle, ref: () => handle, hasRef: () => false };
      return handle;
    },
    clearTimeout: (handle: { cancel?: () => void } | undefined) => handle?.cancel?.(),
  });
}
