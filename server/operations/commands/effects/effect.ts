import type { Preview } from '../../protocol.ts';

/** What a preview says before its premise is made of it. */
export type Effect = Omit<Preview, 'premise' | 'mustAccept' | 'hasPlan'> & { mustAccept?: boolean; hasPlan?: boolean };
