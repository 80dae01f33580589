import type { TreeNode } from './node.ts';
import { type ParsedItem, parseItem } from './parse-item.ts';

/** A manifest needs six levels. Deeper texts are refused whole, before anything that calls itself walks down them. */
export const MOST_LEVELS = 64;

/** Parses one item; one that is nested too deeply is a single fault with nothing in it. */
export function parseNested(source: string): ParsedItem {
  try {
    const parsed = parseItem(source);
    return isDeep(parsed.root) ? refused(parsed.text) : parsed;
  } catch (error) {
    // The stack of the YAML parser has an end too.
    if (error instanceof RangeError) return refused(source);
    throw error;
  }
}

function isDeep(root: TreeNode): boolean {
  let level: TreeNode[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MOST_LEVELS) return true;
    level = level.flatMap((node) => {
      if (node.kind === 'seq') return node.items;
      return node.kind === 'map' ? node.pairs.flatMap(({ value }) => value ?? []) : [];
    });
  }
  return false;
}

function refused(text: string): ParsedItem {
  const lineEnd = text.search(/\r|\n|$/);
  const message = `This is nested in more than ${MOST_LEVELS} levels`;
  const root = { kind: 'map' as const, start: 0, end: 0, flow: false, pairs: [] };
  return { text, root, faults: [{ code: 'syntax', start: 0, end: lineEnd, message }], anchors: [], aliases: [] };
}
