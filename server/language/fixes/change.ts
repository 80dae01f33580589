import type { TextEdit } from 'vscode-languageserver';
import { type Entry, entriesOf, type ManifestView } from '../../../schemas/entries.ts';
import type { ManifestDocument, PlacedItem } from '../../../schemas/tree/document.ts';
import type { MapNode, Pair, SeqNode, TreeNode } from '../../../schemas/tree/node.ts';
import { edit } from '../places.ts';

/** The entry that holds an offset of an item. */
export function entryAt(view: ManifestView, item: PlacedItem, offset: number): Entry | undefined {
  let found: Entry | undefined;
  for (const entry of entriesOf(view)) {
    if (entry.item.index !== item.index || entry.key.start > offset) continue;
    if (found === undefined || entry.key.start >= found.key.start) found = entry;
  }
  return found;
}

/** The blanks before an offset on its line, or where a list's dash stands the place behind it, as a number of columns. */
export function columnOf(item: PlacedItem, offset: number): number {
  return offset - (item.parsed.text.lastIndexOf('\n', offset - 1) + 1);
}

const lineBreak = (document: ManifestDocument): string => (document.text.includes('\r\n') ? '\r\n' : '\n');

/** Adds fields to a block, behind one of its fields or at its end, in the way that the block is written. */
export function addFields(
  document: ManifestDocument,
  item: PlacedItem,
  map: MapNode,
  lines: string[],
  behind?: Pair,
): TextEdit {
  const last = behind ?? map.pairs.at(-1);
  const { text } = item.parsed;
  if (map.flow) {
    const at = item.start + (last?.value?.end ?? last?.end ?? map.start + 1);
    return edit(document, at, at, last === undefined ? ` ${lines.join(', ')} ` : `, ${lines.join(', ')}`);
  }
  const end = last === undefined ? map.end : Math.max(last.end, last.value?.end ?? 0);
  const content = text.slice(0, end).trimEnd().length;
  const at = afterComment(text, Math.max(content, last?.key.end ?? 0), last);
  const indent = ' '.repeat(columnOf(item, map.pairs[0]?.start ?? 0));
  return edit(
    document,
    item.start + at,
    item.start + at,
    lines.map((line) => `${lineBreak(document)}${indent}${line}`).join(''),
  );
}

/** Gives a name that has no value yet, or a value that is replaced, fields below it. */
export function setBlock(document: ManifestDocument, item: PlacedItem, pair: Pair, lines: string[]): TextEdit {
  const indent = ' '.repeat(columnOf(item, pair.start) + 2);
  const start = colonEnd(item, pair);
  const end = Math.max(start, pair.value?.end ?? start);
  const body = lines.map((line) => `${lineBreak(document)}${indent}${line}`).join('');
  return edit(document, item.start + start, item.start + end, body);
}

function colonEnd(item: PlacedItem, pair: Pair): number {
  const colon = item.parsed.text.indexOf(':', pair.key.end);
  return colon < 0 ? pair.key.end : colon + 1;
}

/** To the end of the line when only a comment stands there; a colon without a value is stepped over. */
function afterComment(text: string, offset: number, last: Pair | undefined): number {
  const lineEnd = text.indexOf('\n', offset);
  const rest = text.slice(offset, lineEnd < 0 ? text.length : lineEnd).replace(/\r$/, '');
  if (/^\s*(#.*)?$/.test(rest)) return offset + rest.length;
  const colon = last?.value === undefined ? /^\s*:\s*(#.*)?$/.exec(rest) : null;
  return colon ? offset + rest.length : offset;
}

/** Takes a field out of its block, with its lines, or with its comma. */
export function removePair(document: ManifestDocument, item: PlacedItem, map: MapNode, pair: Pair): TextEdit {
  const end = Math.max(pair.end, pair.value?.end ?? 0);
  if (map.flow) return removeListed(document, item, map.pairs, map.pairs.indexOf(pair), end);
  const { text } = item.parsed;
  const start = text.lastIndexOf('\n', pair.start - 1) + 1;
  const content = pair.start + text.slice(pair.start, end).trimEnd().length;
  const next = text.indexOf('\n', content);
  return edit(document, item.start + start, item.start + (next < 0 ? text.length : next + 1), '');
}

/** Takes an element out of a list, with its comma or its line. */
export function removeElement(document: ManifestDocument, item: PlacedItem, seq: SeqNode, index: number): TextEdit {
  const node = seq.items[index] as TreeNode;
  if (seq.flow) return removeListed(document, item, seq.items, index, node.end);
  const { text } = item.parsed;
  const start = text.lastIndexOf('\n', node.start - 1) + 1;
  const next = text.indexOf('\n', text.slice(0, node.end).trimEnd().length);
  return edit(document, item.start + start, item.start + (next < 0 ? text.length : next + 1), '');
}

function removeListed(
  document: ManifestDocument,
  item: PlacedItem,
  listed: readonly { start: number; end: number }[],
  index: number,
  end: number,
): TextEdit {
  const before = listed[index - 1];
  const after = listed[index + 1];
  const one = listed[index] as { start: number };
  if (before !== undefined) {
    const from = before as { end: number; value?: { end: number } };
    return edit(document, item.start + Math.max(from.end, from.value?.end ?? 0), item.start + end, '');
  }
  return edit(document, item.start + one.start, item.start + (after?.start ?? end), '');
}
