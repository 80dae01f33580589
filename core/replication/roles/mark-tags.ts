import type { Mark } from '../journal/journal.ts';

/** A mark is a tag of the user that carries the role record. */
const TAG = /^generation\.(\d{1,15})\.([0-9a-f]{8})$/;

export const markTag = ({ generation, nonce }: Mark): string => `generation.${generation}.${nonce}`;

export function parseMarkTag(tag: string): Mark | undefined {
  const [, generation, nonce = ''] = TAG.exec(tag) ?? [];
  return generation === undefined ? undefined : { generation: Number(generation), nonce };
}

/** A mark as it is on a device. */
export interface MarkThere extends Mark {
  /** Lower ones that are there too: that of before, until a new one is known to be written. */
  earlier?: readonly Mark[];
}

/** Whether two marks are one; none is not another none. */
export const isSameMark = (a: Mark, b: Mark | undefined): boolean =>
  b !== undefined && a.generation === b.generation && a.nonce === b.nonce;

/**
 * The mark among tags: the highest. Two controllers that raised at the same moment leave two of one generation: then the
 * nonce is both, joined by `+`, which is nobody's, so that neither goes on as if nothing had happened.
 */
export function markAmong(tags: readonly string[]): MarkThere | undefined {
  const marks = tags.map(parseMarkTag).filter((mark) => mark !== undefined);
  if (marks.length === 0) return undefined;
  const generation = Math.max(...marks.map((mark) => mark.generation));
  const nonces = marks.filter((mark) => mark.generation === generation).map(({ nonce }) => nonce);
  const earlier = marks.filter((mark) => mark.generation < generation);
  const mark = { generation, nonce: [...new Set(nonces)].sort().join('+') };
  return earlier.length === 0 ? mark : { ...mark, earlier };
}
