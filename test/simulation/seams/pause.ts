/** The moment between "is the name free?" and the write, during which anything else may happen. */
import { soon } from '../world/world.ts';

export const pauseBeforeWrite = (): Promise<void> => new Promise((resolve) => soon('write of what was free', resolve));
