/**
 * Who may write: while a restore body is on its way, every write waits (FACTS hazard 6). A body that is reset never ends
 * here either: the gate stays shut, and the flag lies in the store until a restore is finished.
 */
export interface Gate {
  /** Set while a body is on its way, and for ever after a reset: by the node that takes it. */
  restoring: { node: object; ended: Promise<void>; end: () => void } | undefined;
  /** The flag in the store: survives a reboot. */
  flag: boolean;
}

export const createGate = (): Gate => ({ restoring: undefined, flag: false });

const NEVER = new Promise<never>(() => {});

/** Waits until writing is allowed; deletions pass on nodes that do not take the body themselves. */
export async function waitToWrite(gate: Gate, node: object, deletes: boolean): Promise<void> {
  while (gate.restoring !== undefined || gate.flag) {
    if (deletes && gate.restoring !== undefined && gate.restoring.node !== node) return;
    await (gate.restoring?.ended ?? NEVER);
  }
}

/** Shuts the gate for a restore; undefined when one is on its way already. */
export function beginRestore(gate: Gate, node: object): { finish: () => void } | undefined {
  if (gate.restoring !== undefined) return undefined;
  const { promise, resolve } = Promise.withResolvers<void>();
  gate.restoring = { node, ended: promise, end: resolve };
  gate.flag = true;
  return {
    finish: () => {
      gate.restoring = undefined;
      gate.flag = false;
      resolve();
    },
  };
}
