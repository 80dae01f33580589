import { type FoldingRange, FoldingRangeKind } from 'vscode-languageserver';
import type { ManifestDocument, PlacedItem } from '../../schemas/tree/document.ts';
import { lineAt } from '../../schemas/tree/lines.ts';
import { nodesOf, type Pair } from '../../schemas/tree/node.ts';

/** What can be folded: sections, entries, blocks of more than a line, and runs of comments. */
export function foldingRanges(document: ManifestDocument, most = 50_000): FoldingRange[] {
  const folds: FoldingRange[] = [];
  const add = (startLine: number, endLine: number, kind?: FoldingRangeKind) => {
    if (endLine > startLine && folds.length < most) folds.push({ startLine, endLine, ...(kind && { kind }) });
  };
  const endOf = (start: number, end: number) =>
    lineAt(document.lines, start + document.text.slice(start, end).trimEnd().length);
  let head: PlacedItem | undefined;
  const close = (last: PlacedItem | undefined) => {
    if (head !== undefined && last !== undefined && last !== head)
      add(lineAt(document.lines, head.start), endOf(last.start, last.end));
  };
  for (const item of document.items) {
    if (item.section === undefined) {
      close(document.items[item.index - 1]);
      head = item;
    }
    for (const pair of pairsOf(item)) {
      const { value } = pair;
      if (value === undefined || value.kind === 'alias') continue;
      add(lineAt(document.lines, item.start + pair.start), endOf(item.start + pair.start, item.start + value.end));
    }
  }
  close(document.items.at(-1));
  for (const [from, to] of commentRuns(document)) add(from, to, FoldingRangeKind.Comment);
  return folds;
}

function* pairsOf(item: PlacedItem): Generator<Pair> {
  for (const node of nodesOf(item.parsed.root)) if (node.kind === 'map') yield* node.pairs;
}

function* commentRuns({ text, lines }: ManifestDocument): Generator<[number, number]> {
  if (!text.includes('#')) return;
  let from = -1;
  for (let line = 0; line <= lines.length; line++) {
    const start = lines[line];
    const isComment =
      start !== undefined && /^[ \t]*#/.test(text.slice(start, Math.min(lines[line + 1] ?? text.length, start + 80)));
    if (isComment && from < 0) from = line;
    if (!isComment && from >= 0) {
      yield [from, line - 1];
      from = -1;
    }
  }
}
