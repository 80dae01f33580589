/**
 * Label of a stand-in: an id that is reserved until the key itself arrives. Where a release has no labels, the tag of the
 * same name that it is restricted to tells it.
 */
export const STAND_IN_LABEL = 'replication.reserved';
