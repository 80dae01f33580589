import type { KeyFacts } from '../key-facts.ts';

/**
 * Label of a stand-in: an id that is reserved until the key itself arrives. Where a release has no labels, the tag of the
 * same name that it is restricted to tells it.
 */
export const STAND_IN_LABEL = 'replication.reserved';

/** Whether a key only keeps an id until the key itself arrives. */
export const isStandIn = ({ type, label, tags }: Pick<KeyFacts, 'type' | 'label' | 'tags'>): boolean =>
  type === 'Generic' && (label === STAND_IN_LABEL || (label === undefined && tags.includes(STAND_IN_LABEL)));
