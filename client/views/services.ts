import type { Facts } from '../state/facts.ts';
import type { Pages } from '../state/pages.ts';

/** What trees are drawn from. */
export interface ViewServices {
  facts: Facts;
  pages: Pages;
}

/** Lists of keys are read from the devices when they are older than this, in ms, as they are looked at. */
export const READ_AGE = 60_000;
