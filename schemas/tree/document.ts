import { type Cut, type Cuts, cutText } from './cut.ts';
import { lineStarts } from './lines.ts';
import type { AliasNode, TreeNode } from './node.ts';
import { type ParsedItem, parseItem } from './parse-item.ts';

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
  const known = itemsByText(earlier);
  let parsedItems = 0;
  for (const piece of cuts.pieces) if (parsePiece(text, piece, known)) parsedItems++;
  return assemble(text, lines, cuts, known, parsedItems);
}

/** Longest time in milliseconds that parsing keeps the process from answering. */
const SLICE = 15;

/**
 * The same, in small slices of time between which others get their turn. Gives up with undefined when asked to;
 * what was parsed until then is in `known` and is not parsed again by the next one.
 */
export async function parseGradually(
  text: string,
  known: Map<string, ParsedItem>,
  isOutdated: () => boolean,
): Promise<ManifestDocument | undefined> {
  const lines = lineStarts(text);
  const cuts = cutText(text, lines);
  let parsedItems = 0;
  let sliceEnd = performance.now() + SLICE;
  for (const piece of cuts.pieces) {
    if (!parsePiece(text, piece, known)) continue;
    parsedItems++;
    if (performance.now() < sliceEnd) continue;
    await new Promise(setImmediate);
    if (isOutdated()) return undefined;
    sliceEnd = performance.now() + SLICE;
  }
  return assemble(text, lines, cuts, known, parsedItems);
}

/** The items of a version by their text. */
export function itemsByText(document: ManifestDocument | undefined): Map<string, ParsedItem> {
  const known = new Map<string, ParsedItem>();
  for (const item of document?.items ?? []) known.set(item.parsed.text, item.parsed);
  return known;
}

/** Parses a piece unless it is known; whether it had to. */
function parsePiece(text: string, { start, end }: Cut, known: Map<string, ParsedItem>): boolean {
  const source = text.slice(start, end);
  if (known.has(source)) return false;
  const parsed = parseItem(source);
  known.set(parsed.text, parsed);
  return true;
}

function assemble(
  text: string,
  lines: number[],
  { pieces, secondDocument }: Cuts,
  known: ReadonlyMap<string, ParsedItem>,
  parsedItems: number,
): ManifestDocument {
  const items = pieces.map(
    (piece, index): PlacedItem => ({
      parsed: known.get(text.slice(piece.start, piece.end)) as ParsedItem,
      index,
      ...piece,
    }),
  );
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
