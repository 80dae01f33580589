/** The moment between "is the name free?" and the write, during which anything else may happen; a node under load takes a while. */
import { later, soon, world } from '../world/world.ts';

/** The longest that it takes, in milliseconds: what the engine counts on. */
const MOST = 900;

export const pauseBeforeWrite = (): Promise<void> =>
  new Promise((resolve) => {
    const { driver } = world().chance;
    if (driver.chance(0.15)) later(driver.below(MOST), resolve);
    else soon('write of what was free', resolve);
  });
