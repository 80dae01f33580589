import type { Story } from '../story.ts';

/** A negative control: how the code is broken on purpose, for the simulation to find. Only here, never in the product. */
export interface Break {
  name: string;
  /** The invariant, or the rule of a transfer, that goes. */
  rule: string;
  changes: readonly { file: string; find: string; put: string }[];
  /** The stories that are about it, where any are: the tests look for it there. */
  plot?: Story['plot'];
}
