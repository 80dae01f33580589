import type { Base } from '../journal/journal.ts';
import type { SideView } from './input.ts';

export type Side = 'left' | 'right';

export const otherSide = (side: Side): Side => (side === 'left' ? 'right' : 'left');

/** What holds for every key and user of a link: names, roles, and how far the journal is believed. */
export interface LinkRules {
  /** Names of the devices. */
  names: Record<Side, string>;
  /** The side of the primary; undefined where both sites write. */
  primary: Side | undefined;
  propagate: boolean;
  /** Changes on the replica give way; never said where both sites write. */
  keepPrimary: boolean;
  /** Why the journal is not believed for this link, in words; undefined when it is. */
  doubt: string | undefined;
  /** Generations of the marks on both devices. */
  generations: Record<Side, number>;
  /** Sides that lost what they had. */
  setBack: Record<Side, boolean>;
  /** Sides where nobody but us can write. */
  locked: Record<Side, boolean>;
}

/** Whether a device lost what it had: it was restored from an older state, or the namespace was made anew there. */
export const isSetBack = ({ judgement }: Pick<SideView, 'judgement'>): boolean =>
  judgement === 'restored' || judgement === 'remade';

/** Why what the journal knows of a device is no ground for a deletion or a replacement; undefined when it is one. */
export function doubtOf({ device, judgement }: Pick<SideView, 'device' | 'judgement'>): string | undefined {
  switch (judgement) {
    case 'continuous':
      return undefined;
    case 'restored':
      return `${device} was restored from an older state`;
    case 'remade':
      return `the namespace was deleted and made anew on ${device}`;
    case 'other':
      return `the mark on ${device} is not the one we wrote: another controller was there, or our journal is lost or old`;
    case 'first':
      return `${device} has no mark yet`;
  }
}

/** The base of a link's key or user, if it may be believed: both marks are ours and not older than it. */
export function trusted<B extends Pick<Base, 'leftGeneration' | 'rightGeneration'>>(
  base: B | undefined,
  rules: LinkRules,
): B | undefined {
  if (base === undefined || rules.doubt !== undefined) return undefined;
  const { left, right } = rules.generations;
  return base.leftGeneration <= left && base.rightGeneration <= right ? base : undefined;
}

/** Why a base that is there is not believed. */
export const whyUntrusted = ({ doubt, names }: LinkRules): string =>
  doubt ?? `the journal knows it from a later state of ${names.left} or ${names.right} than they are in`;
