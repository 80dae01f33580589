import type { Code } from './codes.ts';
import type { PlacedItem } from './tree/document.ts';
import type { Span } from './tree/node.ts';

/** What is wrong in one item, at offsets relative to it: stays true when the item moves. */
export interface LocalFinding extends Span {
  code: Code;
  message: string;
  /** Other places in the same item that belong to it. */
  related?: (Span & { message: string })[];
  /** What a quick fix needs to know. */
  data?: FindingData;
}

export interface FindingData {
  /** A text to put in place of what is marked. */
  replacement?: string;
  /** Path of the field, from the entry. */
  path?: PropertyKey[];
  /** Names of fields that are absent. */
  missing?: string[];
  /** Whatever else a fix of this code wants. */
  detail?: string;
}

/** A finding with its item. */
export interface Finding extends Omit<LocalFinding, 'related'> {
  item: PlacedItem;
  related?: Related[];
}

/** A related place; in another manifest when `file` is there, its offsets then count from that file's start. */
export interface Related extends Span {
  message: string;
  item?: PlacedItem;
  file?: string;
}

/** A finding of an item at its place. */
export function place(item: PlacedItem, { related, ...finding }: LocalFinding): Finding {
  return { ...finding, item, ...(related && { related: related.map((at) => ({ ...at, item })) }) };
}
