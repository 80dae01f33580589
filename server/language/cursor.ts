import { viewOf } from '../../schemas/entries.ts';
import { fieldsOf, shapeAt } from '../../schemas/shape.ts';
import { itemAt, type ManifestDocument } from '../../schemas/tree/document.ts';
import { lineAt } from '../../schemas/tree/lines.ts';
import { parseNested } from '../../schemas/tree/nesting.ts';
import { keyText, type MapNode, type TreeNode } from '../../schemas/tree/node.ts';

/** Where somebody is typing. */
export interface Cursor {
  /** A name of a block, or a value. */
  kind: 'key' | 'value';
  /** Of a name: the path of the block. Of a value: its own. */
  path: PropertyKey[];
  /** Offsets of the text that is being typed, without quotes; it goes when something is chosen. */
  start: number;
  end: number;
  /** What of it stands before the cursor. */
  prefix: string;
  /** Names that the block has already, or values that the list has. */
  taken: ReadonlySet<string>;
  quoted: boolean;
  /** Within brackets. */
  flow: boolean;
  /** A colon follows already. */
  hasColon: boolean;
  /** The value stands alone on its line, below its name. */
  ownLine: boolean;
}

const MARK = 'xCURSORx';

/**
 * What is being typed at an offset. The parser is asked with a mark in place of the half-typed text, so brackets,
 * lists and indentation count as they do in YAML; only the item around the cursor is parsed.
 */
export function cursorAt(document: ManifestDocument, offset: number): Cursor | undefined {
  const typed = typedAt(document, offset);
  if (typed === undefined) return undefined;
  const { start, end, quoted, hasColon, alone } = typed;
  const base = { start, end, quoted, hasColon, prefix: document.text.slice(start, offset) };
  const line = document.lines[lineAt(document.lines, start)] as number;
  if (alone && start === line) {
    const taken = new Set(viewOf(document).fields.map(({ name }) => name));
    return { ...base, kind: 'key', path: [], taken, flow: false, ownLine: true };
  }
  const item = itemAt(document, offset);
  if (item === undefined) return undefined;
  const before = document.text.slice(item.start, start);
  const after = document.text.slice(end, item.end);
  const marked = parseNested(`${before}${MARK}${alone && !hasColon ? ':' : ''}${after}`);
  const found = findMark(marked.root, item.section === undefined ? [] : [item.section]);
  if (found === undefined) return undefined;
  const { kind, path, container } = found;
  const cursor = {
    ...base,
    path,
    flow: container !== undefined && 'flow' in container && container.flow,
    ownLine: alone,
  };
  if (kind === 'value') return { ...cursor, kind, taken: valuesOf(container) };
  const taken = new Set((container as MapNode).pairs.map(keyText).filter((name) => name !== MARK));
  // On a line of its own a text may be the value of the name above: it is when no names are wanted there.
  if (alone && taken.size === 0 && !wantsNames(path)) return { ...cursor, kind: 'value', taken };
  return { ...cursor, kind, taken };
}

interface Typed {
  start: number;
  end: number;
  quoted: boolean;
  hasColon: boolean;
  /** Nothing else is on the line, but perhaps a colon and a comment. */
  alone: boolean;
}

/** The half-typed text around an offset, on its line; undefined in a comment. */
function typedAt({ text, lines }: ManifestDocument, offset: number): Typed | undefined {
  const lineStart = lines[lineAt(lines, offset)] as number;
  let lineEnd = lineStart;
  while (lineEnd < text.length && text[lineEnd] !== '\n' && text[lineEnd] !== '\r') lineEnd++;
  let start = lineStart;
  let quote = '';
  for (let at = lineStart; at < offset; at++) {
    const char = text[at] as string;
    const isEmpty = text.slice(start, at).trim() === '';
    const next = text[at + 1] ?? '\n';
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if ((char === '"' || char === "'") && isEmpty) {
      quote = char;
      start = at + 1;
    } else if (char === '#' && (at === lineStart || /\s/.test(text[at - 1] as string))) return undefined;
    else if ((char === '[' || char === '{') && isEmpty) start = at + 1;
    else if (char === ',' || (char === ':' && /\s/.test(next))) start = at + 1;
    else if (char === '-' && isEmpty && /\s/.test(next)) start = at + 1;
  }
  if (quote !== '') {
    const close = text.slice(offset, lineEnd).indexOf(quote);
    const end = close < 0 ? lineEnd : offset + close;
    return { start, end, quoted: true, hasColon: /^['"]\s*:/.test(text.slice(end, lineEnd)), alone: false };
  }
  while (start < offset && text[start] === ' ') start++;
  const rest = text.slice(offset, lineEnd);
  const stop = rest.search(/[,\]}]|:(\s|$)|\s#/);
  const typed = stop < 0 ? rest : rest.slice(0, stop);
  const end = offset + typed.trimEnd().length;
  const behind = text.slice(end, lineEnd);
  const alone = text.slice(lineStart, start).trim() === '' && /^\s*(:\s*)?(\s#.*)?$/.test(behind);
  return { start, end, quoted: false, hasColon: /^\s*:/.test(behind), alone };
}

interface Marked {
  kind: 'key' | 'value';
  path: PropertyKey[];
  container: TreeNode | undefined;
}

function findMark(node: TreeNode, path: PropertyKey[], container?: TreeNode): Marked | undefined {
  if (node.kind === 'scalar') return node.value === MARK ? { kind: 'value', path, container } : undefined;
  if (node.kind === 'seq') {
    for (const [index, item] of node.items.entries()) {
      const found = findMark(item, [...path, index], node);
      if (found !== undefined) return found;
    }
  } else if (node.kind === 'map') {
    for (const pair of node.pairs) {
      if (pair.key.value === MARK) return { kind: 'key', path, container: node };
      const found = pair.value && findMark(pair.value, [...path, keyText(pair)], node);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

const valuesOf = (container: TreeNode | undefined): Set<string> =>
  new Set(
    container?.kind === 'seq'
      ? container.items.flatMap((item) => (item.kind === 'scalar' && item.value !== MARK ? [String(item.value)] : []))
      : [],
  );

function wantsNames(path: PropertyKey[]): boolean {
  const shape = shapeAt(path);
  if (shape === undefined) return false;
  return fieldsOf(shape).size > 0 || typeof shape.additionalProperties === 'object' || shape.anyOf !== undefined;
}
