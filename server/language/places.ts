import type { Location, Range, TextEdit } from 'vscode-languageserver';
import type { Entry } from '../../schemas/entries.ts';
import type { ManifestDocument, PlacedItem } from '../../schemas/tree/document.ts';
import { positionAt } from '../../schemas/tree/lines.ts';
import type { Span } from '../../schemas/tree/node.ts';
import { deref, members } from '../../schemas/tree/value.ts';

/** Offsets of the text as a range of the protocol. */
export function rangeOf(document: ManifestDocument, start: number, end: number): Range {
  return { start: positionAt(document.lines, start), end: positionAt(document.lines, end) };
}

/** A span of an item as a range of the protocol. */
export function itemRange(document: ManifestDocument, item: PlacedItem, span: Span): Range {
  return rangeOf(document, item.start + span.start, item.start + span.end);
}

/** A change of text by offsets. */
export function edit(document: ManifestDocument, start: number, end: number, newText: string): TextEdit {
  return { range: rangeOf(document, start, end), newText };
}

/** A span and the item it is in. */
export interface Place {
  item: PlacedItem;
  span: Span;
  /** Of a scalar: whether it stands there without quotes. */
  plain: boolean;
}

export const locationOf = (uri: string, document: ManifestDocument, { item, span }: Place): Location => ({
  uri,
  range: itemRange(document, item, span),
});

/**
 * Where a path of an entry truly stands: aliases and merge keys are followed to what they bring in.
 * `ofKey` asks for the name of the last step instead of its value.
 */
export function truePlace(
  document: ManifestDocument,
  entry: Entry,
  path: readonly PropertyKey[],
  ofKey = false,
): Place | undefined {
  let at = deref(document, entry.item, entry.value);
  let key: Place = { item: entry.item, span: entry.key, plain: true };
  for (const step of path) {
    if (at?.node.kind === 'seq') at = deref(document, at.item, at.node.items[Number(step)]);
    else if (at?.node.kind === 'map') {
      const member = members(document, at.item, at.node).find(({ name }) => name === step);
      if (member === undefined) return undefined;
      const { item, key: span } = member;
      key = { item, span, plain: span.kind === 'scalar' && span.plain };
      at = deref(document, item, member.value);
    } else return undefined;
  }
  if (ofKey) return key;
  return at && { item: at.item, span: at.node, plain: at.node.kind === 'scalar' && at.node.plain };
}
