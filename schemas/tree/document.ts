import { type Cut, type Cuts, cutText } from './cut.ts';
import { lineStarts } from './lines.ts';
import { parseNested } from './nesting.ts';
import type { AliasNode, TreeNode } from './node.ts';
import type { ParsedItem } from './parse-item.ts';

/** An item and where it stands in this version of the text. */
export interface PlacedItem {
  readonly parsed: ParsedItem;
  readonly start: number;
  readonly end: number;
  readonly index: number;
  /** The top-level field whose entry this is. */
  readonly section?: string;
  /** `devices:` or the like, whose entries are items of their own. */
  readonly isHead?: true;
}

/** One version of a manifest's text, parsed. Immutable. */
export interface ManifestDocument {
  readonly text: string;
  readonly lines: readonly number[];
  readonly items: readonly PlacedItem[];
  /** Where a second YAML document starts; it is not read. */
  readonly secondDocument?: number;
  /** What `*name` in an item means; undefined when no such anchor stands before it. */
  resolve(item: PlacedItem, alias: AliasNode): Resolved | undefined;
  /** Items whose text an earlier version had too were taken over from it: parsed again were only this many. */
  readonly parsedItems: number;
}

/** A node and the item that it stands in. */
export interface Resolved {
  item: PlacedItem;
  node: TreeNode;
}

/**
 * Parses a manifest. With an earlier version at hand only items whose text changed are parsed; the result
 * is the same as without.
 */
export function parseDocument(text: string, earlier?: ManifestDocument): ManifestDocument {
  const lines = lineStarts(text);
  const cuts = cutText(text, lines);
  const known = knownItems(earlier);
  let parsedItems = 0;
  const parsed = cuts.pieces.map((piece, index) => {
    const before = findKnown(known, text, piece, index, cuts.pieces.length);
    if (before !== undefined) return before;
    parsedItems++;
    return parsePiece(known, text, piece);
  });
  return assemble(text, lines, cuts, parsed, parsedItems);
}

/** Longest time in milliseconds that parsing keeps the process from answering. */
const SLICE = 15;

/**
 * The same, in small slices of time between which others get their turn. Gives up with undefined when asked to;
 * what was parsed until then is known to the next one that is given the same items.
 */
export async function parseGradually(
  text: string,
  known: KnownItems,
  isOutdated: () => boolean,
): Promise<ManifestDocument | undefined> {
  const lines = lineStarts(text);
  const cuts = cutText(text, lines);
  const parsed: ParsedItem[] = [];
  let parsedItems = 0;
  let sliceEnd = performance.now() + SLICE;
  for (const [index, piece] of cuts.pieces.entries()) {
    const before = findKnown(known, text, piece, index, cuts.pieces.length);
    parsed.push(before ?? parsePiece(known, text, piece));
    if (before !== undefined) continue;
    parsedItems++;
    if (performance.now() < sliceEnd) continue;
    await new Promise(setImmediate);
    if (isOutdated()) return undefined;
    sliceEnd = performance.now() + SLICE;
  }
  return assemble(text, lines, cuts, parsed, parsedItems);
}

/** Items that need not be parsed again. */
export interface KnownItems {
  readonly earlier: ManifestDocument | undefined;
  byText?: Map<string, ParsedItem>;
}

/** The items of an earlier version, for a later one. */
export const knownItems = (earlier: ManifestDocument | undefined): KnownItems => ({ earlier });

/**
 * An item with the text of a piece. Most pieces are where they were, counted from the front or from the back: those
 * cost one comparison; only the others are looked up by their text.
 */
function findKnown(known: KnownItems, text: string, piece: Cut, index: number, count: number): ParsedItem | undefined {
  const items = known.earlier?.items ?? [];
  for (const at of [index, items.length - count + index]) {
    const parsed = items[at]?.parsed;
    if (parsed?.text.length === piece.end - piece.start && text.startsWith(parsed.text, piece.start)) return parsed;
  }
  return byText(known).get(text.slice(piece.start, piece.end));
}

function byText(known: KnownItems): Map<string, ParsedItem> {
  known.byText ??= new Map((known.earlier?.items ?? []).map(({ parsed }) => [parsed.text, parsed]));
  return known.byText;
}

function parsePiece(known: KnownItems, text: string, { start, end }: Cut): ParsedItem {
  const parsed = parseNested(text.slice(start, end));
  byText(known).set(parsed.text, parsed);
  return parsed;
}

function assemble(
  text: string,
  lines: number[],
  { pieces, secondDocument }: Cuts,
  parsed: readonly ParsedItem[],
  parsedItems: number,
): ManifestDocument {
  const items = pieces.map((piece, index): PlacedItem => ({ parsed: parsed[index] as ParsedItem, index, ...piece }));
  return {
    text,
    lines,
    items,
    parsedItems,
    resolve: resolver(items),
    ...(secondDocument !== undefined && { secondDocument }),
  };
}

/** Finds the nearest anchor of a name before an alias. */
function resolver(items: readonly PlacedItem[]): ManifestDocument['resolve'] {
  let byName: Map<string, Resolved[]> | undefined;
  return (item, alias) => {
    byName ??= anchorsOf(items);
    return byName
      .get(alias.name)
      ?.findLast(
        (found) =>
          found.item.index < item.index || (found.item.index === item.index && anchorStart(found.node) < alias.start),
      );
  };
}

const anchorStart = (node: TreeNode): number =>
  node.kind === 'alias' ? node.start : (node.anchor?.start ?? node.start);

function anchorsOf(items: readonly PlacedItem[]): Map<string, Resolved[]> {
  const byName = new Map<string, Resolved[]>();
  for (const item of items) {
    for (const { anchor, node } of item.parsed.anchors) {
      const found = byName.get(anchor.name);
      if (found === undefined) byName.set(anchor.name, [{ item, node }]);
      else found.push({ item, node });
    }
  }
  return byName;
}

/** The item that holds an offset: the last one that starts at or before it. */
export function itemAt(document: ManifestDocument, offset: number): PlacedItem | undefined {
  let low = 0;
  let high = document.items.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((document.items[middle] as PlacedItem).start <= offset) low = middle;
    else high = middle - 1;
  }
  const item = document.items[low];
  return item !== undefined && item.start <= offset && offset <= item.end ? item : undefined;
}
