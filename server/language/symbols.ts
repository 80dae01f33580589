import { type DocumentSymbol, type SymbolInformation, SymbolKind } from 'vscode-languageserver';
import { entriesOf, viewOf } from '../../schemas/entries.ts';
import type { ManifestDocument, PlacedItem } from '../../schemas/tree/document.ts';
import { keyText, type Pair } from '../../schemas/tree/node.ts';
import type { ManifestFile } from './context.ts';
import { itemRange } from './places.ts';

/** The outline: sections, their entries, and the fields of each. */
export function documentSymbols(document: ManifestDocument): DocumentSymbol[] {
  const symbols: DocumentSymbol[] = [];
  let section: DocumentSymbol | undefined;
  for (const item of document.items) {
    const made = item.parsed.root.pairs.map((pair) => symbolOf(document, item, pair, item.section, 0));
    if (item.section === undefined) {
      symbols.push(...made);
      section = made.at(-1);
    } else {
      const parent = section ?? symbols.at(-1);
      parent?.children?.push(...made);
      const last = made.at(-1);
      if (parent !== undefined && last !== undefined) parent.range = { ...parent.range, end: last.range.end };
    }
  }
  return symbols;
}

/** Symbols go down to the fields of an entry; deeper they would only repeat the text. */
function symbolOf(
  document: ManifestDocument,
  item: PlacedItem,
  pair: Pair,
  section: string | undefined,
  depth: number,
): DocumentSymbol {
  const { value } = pair;
  const selectionRange = itemRange(document, item, pair.key);
  const range = itemRange(document, item, { start: pair.start, end: trimmedEnd(item, pair) });
  const isEntry = section === 'devices' || section === 'namespaces';
  const symbol: DocumentSymbol = {
    name: keyText(pair) || ' ',
    kind: isEntry ? (section === 'devices' ? SymbolKind.Object : SymbolKind.Namespace) : kindOf(pair),
    range,
    selectionRange,
    children: [],
  };
  if (value?.kind === 'scalar' && value.value !== null) symbol.detail = String(value.value);
  else if (value?.kind === 'map' && isEntry) symbol.detail = summary(pair);
  if (value?.kind === 'map' && depth < 1 + (section === undefined ? 1 : 0)) {
    const inner = section === undefined && depth === 0 ? keyText(pair) : undefined;
    symbol.children = value.pairs.map((child) => symbolOf(document, item, child, inner, depth + 1));
  }
  return symbol;
}

/** An item's text runs to the next one; what it says ends before the blank lines. */
function trimmedEnd(item: PlacedItem, pair: Pair): number {
  return pair.start + item.parsed.text.slice(pair.start, Math.max(pair.end, pair.key.end)).trimEnd().length;
}

function kindOf({ value }: Pair): SymbolKind {
  if (value?.kind === 'map') return SymbolKind.Struct;
  if (value?.kind === 'seq') return SymbolKind.Array;
  return SymbolKind.Property;
}

/** `oslo → bergen` for a namespace, the address for a device. */
function summary({ value }: Pair): string {
  const text = (name: string): string[] => {
    const node = value?.kind === 'map' ? value.pairs.find((pair) => keyText(pair) === name)?.value : undefined;
    if (node?.kind === 'scalar') return [String(node.value)];
    if (node?.kind === 'seq') return node.items.flatMap((item) => (item.kind === 'scalar' ? [String(item.value)] : []));
    return node?.kind === 'map' ? node.pairs.map(keyText) : [];
  };
  const [primary] = text('primary');
  if (primary !== undefined) return [primary, text('replicas').join(', ')].filter(Boolean).join(' → ');
  return text('primaries').join(' ↔ ') || (text('url')[0] ?? '');
}

/** More symbols than this are no answer to a search. */
const MOST = 500;

/** Devices and namespaces of all manifests whose name has the letters of the query in order. */
export function workspaceSymbols(files: Iterable<ManifestFile>, query: string): SymbolInformation[] {
  const wanted = [...query.toLowerCase()];
  const found: SymbolInformation[] = [];
  for (const { uri, document } of files) {
    for (const entry of entriesOf(viewOf(document))) {
      if (found.length >= MOST) return found;
      const name = entry.section === 'root' ? 'root' : entry.name;
      if (!inOrder(wanted, name.toLowerCase())) continue;
      found.push({
        name,
        kind: entry.section === 'devices' ? SymbolKind.Object : SymbolKind.Namespace,
        containerName: entry.section,
        location: { uri, range: itemRange(document, entry.item, entry.key) },
      });
    }
  }
  return found;
}

function inOrder(letters: string[], text: string): boolean {
  let at = -1;
  return letters.every((letter) => {
    at = text.indexOf(letter, at + 1);
    return at >= 0;
  });
}
