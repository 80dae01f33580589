import type { Context } from './context.ts';

/** A number from 0 to just below 1, out of the context's random bytes. */
export const random = ({ random }: Pick<Context, 'random'>): number => random(4).readUInt32BE() / 2 ** 32;
