import type { TextEdit } from 'vscode-languageserver';
import type { ManifestDocument, PlacedItem } from '../../schemas/tree/document.ts';
import { type MapNode, nodesOf, type Pair, type TreeNode } from '../../schemas/tree/node.ts';
import { edit } from './places.ts';

interface Change {
  start: number;
  end: number;
  newText: string;
}

/**
 * Formats a manifest, or the items of a part of it: two spaces a level, one space behind colons and
 * commas, no blanks at the end of lines, one line break at the end. Texts and comments
 * keep their words; an item that can't be read is left alone.
 */
export function format(document: ManifestDocument, from = 0, to = document.text.length): TextEdit[] {
  const formatted = document.items.filter((item) => item.end >= from && item.start <= to && canFormat(item));
  const changes = [...(to >= document.text.length ? lastLine(document) : []), ...formatted.flatMap(formatItem)];
  return changes
    .filter(({ start, end, newText }) => document.text.slice(start, end) !== newText)
    .sort((a, b) => a.start - b.start)
    .filter((change, index, all) => index === 0 || change.start >= (all[index - 1] as Change).end)
    .map(({ start, end, newText }) => edit(document, start, end, newText));
}

/** An item that can't be read, or with an anchor on a line of its own, is left as it is. */
function canFormat({ parsed: { text, faults, anchors } }: PlacedItem): boolean {
  const isAlone = (start: number) => text.slice(text.lastIndexOf('\n', start) + 1, start).trim() === '';
  return faults.length === 0 && !anchors.some(({ anchor }) => isAlone(anchor.start));
}

function formatItem(item: PlacedItem): Change[] {
  const { text, root } = item.parsed;
  const changes: Change[] = [];
  const add = (start: number, end: number, newText: string) =>
    changes.push({ start: item.start + start, end: item.start + end, newText });
  const base = item.section === undefined ? 0 : 2;
  const wanted = indentsOf(text, root, base);
  const kept = textLines(text, root);
  const lines = linesOf(text);
  let shift = 0;
  for (const [index, line] of lines.entries()) {
    const { offset, body, indent } = line;
    const want = wanted.get(offset);
    if (want !== undefined) shift = want - indent;
    if (withoutEnd(body) === '' ? kept.has(offset) : body.includes('\t')) continue;
    const moved =
      body.startsWith('#', indent) && !kept.has(offset) ? commentIndent(lines, index, wanted, base) : indent + shift;
    if (withoutEnd(body) !== '') add(offset, offset + indent, ' '.repeat(Math.max(0, moved)));
    if (!kept.has(lines[index + 1]?.offset ?? -1)) add(offset + withoutEnd(body).length, offset + body.length, '');
  }
  for (const node of nodesOf(root)) spacing(text, node, add);
  return changes;
}

/** Only YAML's own blanks are blanks; others are text. */
const withoutEnd = (text: string): string => text.replace(/[ \t]+$/, '');

interface Line {
  offset: number;
  /** Without its line break. */
  body: string;
  indent: number;
}

function linesOf(text: string): Line[] {
  let offset = 0;
  return text.split(/(?<=\n)/).map((line) => {
    const body = line.replace(/[\r\n]+$/, '');
    offset += line.length;
    return { offset: offset - line.length, body, indent: /^[ \t]*/.exec(body)?.[0].length ?? 0 };
  });
}

/** A comment stands as deep as what follows it; the last ones of an item belong to the next entry. */
function commentIndent(lines: Line[], index: number, wanted: Map<number, number>, base: number): number {
  for (const { offset } of lines.slice(index + 1)) {
    const want = wanted.get(offset);
    if (want !== undefined) return want;
  }
  const { indent } = lines[index] as Line;
  const first = lines[0] as Line;
  return indent <= first.indent ? Math.min(indent, base) : indent - first.indent + base;
}

/** The indent that each line that starts a field or a list item should have, by the line's offset. */
function indentsOf(text: string, root: MapNode, base: number): Map<number, number> {
  const wanted = new Map<number, number>();
  const lineOf = (at: number) => text.lastIndexOf('\n', at - 1) + 1;
  const visit = (node: TreeNode, indent: number) => {
    if (node.kind === 'map' && !node.flow) {
      for (const pair of node.pairs) {
        const line = lineOf(pair.start);
        if (text.slice(line, pair.start).trim() === '') wanted.set(line, indent);
        if (pair.value !== undefined) visit(pair.value, indent + 2);
      }
    } else if (node.kind === 'seq' && !node.flow) {
      for (const item of node.items) {
        const line = lineOf(item.start);
        if (/^ *-\s*$/.test(text.slice(line, item.start))) wanted.set(line, indent);
        visit(item, indent + 2);
      }
    }
  };
  visit(root, base);
  return wanted;
}

/** Lines inside of texts of several lines: their blanks are part of the text. */
function textLines(text: string, root: MapNode): Set<number> {
  const lines = new Set<number>();
  for (const node of nodesOf(root, true)) {
    if (node.kind !== 'scalar') continue;
    for (let at = text.indexOf('\n', node.start); at >= 0 && at < node.end - 1; at = text.indexOf('\n', at + 1))
      lines.add(at + 1);
  }
  return lines;
}

type Add = (start: number, end: number, newText: string) => void;

/** One space behind a colon, and behind commas and within braces on one line. */
function spacing(text: string, node: TreeNode, add: Add): void {
  if (node.kind === 'map') {
    for (const pair of node.pairs) colon(text, pair, add);
    if (node.flow) brackets(text, node, node.pairs, ' ', add);
  } else if (node.kind === 'seq' && node.flow) brackets(text, node, node.items, '', add);
}

function colon(text: string, { key, value }: Pair, add: Add): void {
  if (value === undefined) return;
  const between = text.slice(key.end, value.start);
  if (/^[ \t]*:[ \t]+$/.test(between)) add(key.end, value.start, ': ');
}

function brackets(text: string, node: TreeNode, inside: { start: number; end: number }[], pad: string, add: Add): void {
  const [first] = inside;
  if (first === undefined || text.slice(node.start, node.end).includes('\n')) return;
  const blank = (start: number, end: number) => /^[ \t]*$/.test(text.slice(start, end));
  if (blank(node.start + 1, first.start)) add(node.start + 1, first.start, pad);
  for (const [index, one] of inside.entries()) {
    const next = inside[index + 1];
    if (next === undefined) {
      if (blank(one.end, node.end - 1)) add(one.end, node.end - 1, pad);
    } else if (/^[ \t]*,[ \t]*$/.test(text.slice(one.end, next.start))) add(one.end, next.start, ', ');
  }
}

function lastLine({ text }: ManifestDocument): Change[] {
  const end = text.replace(/[ \t\r\n]+$/, '').length;
  return end === 0 ? [] : [{ start: end, end: text.length, newText: text.includes('\r\n') ? '\r\n' : '\n' }];
}
