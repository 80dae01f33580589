/**
 * The tree of one item of a manifest: what the features walk over.
 * All offsets count UTF-16 units from the start of the item, so an item that did not change keeps its tree
 * when text before it does.
 */
export type TreeNode = MapNode | SeqNode | ScalarNode | AliasNode;

export interface Span {
  start: number;
  end: number;
}

/** A name for a node, `&name`, and where it stands. */
export interface Anchor extends Span {
  name: string;
}

export interface ScalarNode extends Span {
  kind: 'scalar';
  value: string | number | boolean | null;
  /** Written without quotes and not as a block. */
  plain: boolean;
  anchor?: Anchor;
}

export interface AliasNode extends Span {
  kind: 'alias';
  name: string;
}

export interface SeqNode extends Span {
  kind: 'seq';
  flow: boolean;
  items: TreeNode[];
  anchor?: Anchor;
}

export interface MapNode extends Span {
  kind: 'map';
  flow: boolean;
  pairs: Pair[];
  anchor?: Anchor;
}

export interface Pair extends Span {
  key: ScalarNode;
  /** Absent when nothing is written after the colon. */
  value?: TreeNode;
}

/** The text of a key, as written: `1e3` stays `1e3`. */
export const keyText = (pair: Pair): string => String(pair.key.value);

/** The pair of a map with this key: the last one, which is the one that counts. */
export function findPair(node: TreeNode | undefined, key: string): Pair | undefined {
  if (node?.kind !== 'map') return undefined;
  return node.pairs.findLast((pair) => keyText(pair) === key);
}

/** What stands under a path of keys and indexes, without following aliases. */
export function nodeAt(node: TreeNode | undefined, path: readonly PropertyKey[]): TreeNode | undefined {
  let at = node;
  for (const step of path) {
    at = at?.kind === 'seq' ? at.items[Number(step)] : findPair(at, String(step))?.value;
  }
  return at;
}

/** Every node below a node and itself, in the order of the text; keys included when asked for. */
export function* nodesOf(node: TreeNode | undefined, keys = false): Generator<TreeNode> {
  if (node === undefined) return;
  yield node;
  if (node.kind === 'seq') for (const item of node.items) yield* nodesOf(item, keys);
  if (node.kind === 'map')
    for (const pair of node.pairs) {
      if (keys) yield pair.key;
      yield* nodesOf(pair.value, keys);
    }
}
