/** Rounds in an order that chance alone seldom finds. */
import type { Random } from '../simulation/world/random.ts';
import { NAMES, type Name } from './devices.ts';
import type { Deed } from './keepers.ts';

/** A round: what happens at a site, and who is away in the run after it. */
export interface Scene {
  at: Name;
  what: Deed | 'keep' | 'rollback';
  away?: Name;
  /** Whether no run follows. */
  still?: boolean;
  /** Whether the line to a site is cut at the first deletion there. */
  cut?: boolean;
}

/** What one site did reaches another, is undone where it was done, and then that one and the third meet. */
const PLOTS = {
  none: undefined,
  'taken back': { first: 'delete', second: 'takeBack' },
  'taken back after a cut': { first: 'delete', second: 'takeBack', cut: true },
  /** Two sites delete one key each, before the same run. */
  'at two sites': { first: 'delete', second: 'delete' },
  'made anew': { first: 'remake', second: 'remake' },
  restored: { first: 'delete', second: 'rollback' },
  'restored after a new key': { first: 'make', second: 'rollback' },
} as const;

export type Plot = keyof typeof PLOTS;

/** The rounds of a plot, at sites in any order. */
export function scenesOf(plot: Plot, chance: Random): Scene[] {
  const parts = PLOTS[plot];
  if (parts === undefined) return [];
  const x = chance.pick(NAMES);
  const [y, z] = chance.chance(0.5) ? others(x) : others(x).reverse();
  if (plot === 'at two sites') {
    return [
      { at: x, what: parts.first, still: true },
      { at: y as Name, what: 'delete' },
    ];
  }
  const isCut = 'cut' in parts;
  const begun: Scene[] = [
    { at: x, what: 'keep' },
    { at: x, what: parts.first, away: z as Name, ...(isCut && { cut: true }) },
    { at: x, what: parts.second, ...(!isCut && { away: y as Name }) },
  ];
  const ended: Scene[] = [
    { at: y as Name, what: 'write', away: x },
    { at: z as Name, what: 'write', away: y as Name },
  ];
  return [...begun, ...(chance.chance(0.5) ? ended : ended.reverse())];
}

const others = (name: Name): Name[] => NAMES.filter((other) => other !== name);
