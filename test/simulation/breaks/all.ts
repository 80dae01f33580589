import type { Break } from './break.ts';

export const BREAKS: readonly Break[] = [];

export function findBreak(name: string): Break {
  const found = BREAKS.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no break is called ${name}; there are ${BREAKS.map((each) => each.name).join(', ')}`);
  return found;
}
