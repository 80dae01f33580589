import { itemAt, type ManifestDocument, type PlacedItem } from '../../schemas/tree/document.ts';
import { positionAt } from '../../schemas/tree/lines.ts';
import { keyText, type Span, type TreeNode } from '../../schemas/tree/node.ts';

/** The kinds of tokens, in the order of their numbers. */
export const TOKEN_TYPES = [
  'namespace',
  'class',
  'property',
  'variable',
  'enumMember',
  'regexp',
  'number',
  'macro',
] as const;
export const TOKEN_MODIFIERS = ['declaration'] as const;

interface Token extends Span {
  type: (typeof TOKEN_TYPES)[number];
  declaration?: boolean;
}

const ENUMS = new Set(['mode', 'deletions', 'users', 'conflicts', 'transfer']);
const PATTERNS = new Set(['include', 'exclude', 'owns', 'schedule']);
const DEVICES = new Set(['primary', 'replicas', 'primaries']);

/** The tokens of a document or of a part of it, in the protocol's five numbers each. */
export function semanticTokens(document: ManifestDocument, from = 0, to = document.text.length): number[] {
  const data: number[] = [];
  let line = 0;
  let character = 0;
  const first = itemAt(document, from)?.index ?? 0;
  for (let index = first; index < document.items.length; index++) {
    const item = document.items[index] as PlacedItem;
    if (item.start > to) break;
    for (const token of tokensOf(item)) {
      const at = positionAt(document.lines, item.start + token.start);
      const end = positionAt(document.lines, item.start + token.end);
      if (end.line !== at.line || token.end <= token.start) continue;
      const sameLine = at.line === line;
      data.push(at.line - line, sameLine ? at.character - character : at.character, token.end - token.start);
      data.push(TOKEN_TYPES.indexOf(token.type), token.declaration ? 1 : 0);
      line = at.line;
      character = at.character;
    }
  }
  return data;
}

function* tokensOf(item: PlacedItem): Generator<Token> {
  yield* walk(item.parsed.root, item.section === undefined ? [] : [item.section]);
}

function* walk(node: TreeNode, path: string[]): Generator<Token> {
  if (node.kind === 'alias') yield { start: node.start, end: node.end, type: 'macro' };
  else if (node.kind === 'seq') for (const item of node.items) yield* walk(item, path);
  else if (node.kind === 'scalar') {
    const type = valueType(path.at(-1) ?? '', node.value);
    if (type !== undefined) yield { start: node.start, end: node.end, type };
  } else {
    for (const pair of node.pairs) {
      const { start, end } = pair.key;
      const [section] = path;
      if (path.length === 1 && section === 'devices') yield { start, end, type: 'class', declaration: true };
      else if (path.length === 1 && section === 'namespaces')
        yield { start, end, type: 'namespace', declaration: true };
      else if (path.at(-1) === 'primaries') yield { start, end, type: 'class' };
      else yield { start, end, type: 'property' };
      if (pair.value !== undefined) yield* walk(pair.value, [...path, keyText(pair)]);
    }
  }
}

function valueType(field: string, value: unknown): Token['type'] | undefined {
  if (DEVICES.has(field)) return 'class';
  if (ENUMS.has(field)) return 'enumMember';
  if (PATTERNS.has(field)) return 'regexp';
  if (field === 'env') return 'variable';
  return typeof value === 'number' ? 'number' : undefined;
}

/** How one list of tokens becomes another: the one stretch between their common start and end. */
export function tokenEdits(
  before: readonly number[],
  after: readonly number[],
): { start: number; deleteCount: number; data: number[] }[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  if (start === before.length && start === after.length) return [];
  return [{ start, deleteCount: before.length - end - start, data: after.slice(start, after.length - end) }];
}
