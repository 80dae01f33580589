/** Lets at most so many pieces of work run at once; the others wait in the order in which they came. */
export function createGate(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      // The place is handed on, so that nobody who comes just now takes it.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

/** Lets work under one name run one after the other. */
export function createTurns<N>(): <T>(name: N, work: () => Promise<T>) => Promise<T> {
  const gates = new Map<N, ReturnType<typeof createGate>>();
  return (name, work) => {
    const gate = gates.get(name) ?? createGate(1);
    gates.set(name, gate);
    return gate(work);
  };
}
