import { findPair, type Span, type TreeNode } from './tree/node.ts';

/** Where a path of an entry stands in its item. */
export interface Located {
  /** What to mark for the value: the value, or its key when it is empty or comes from elsewhere. */
  value: Span;
  /** The key of the last step, where there is one. */
  key: Span;
  node: TreeNode | undefined;
  /** Whether the path could be followed to its end in this item, without aliases and merge keys. */
  exact: boolean;
}

/** Follows a path from an entry's value; where it leaves the item (alias, merge) the place of leaving is the place. */
export function locate(entry: { key: Span; value: TreeNode | undefined }, path: readonly PropertyKey[]): Located {
  let key: Span = entry.key;
  let node = entry.value;
  for (const step of path) {
    if (node?.kind === 'map') {
      const pair = findPair(node, String(step)) ?? findPair(node, '<<');
      if (pair === undefined) return { key, value: key, node: undefined, exact: false };
      if (String(pair.key.value) !== String(step))
        return { key: pair.key, value: pair.key, node: undefined, exact: false };
      key = pair.key;
      node = pair.value;
    } else if (node?.kind === 'seq' && node.items[Number(step)] !== undefined) {
      node = node.items[Number(step)];
      key = node as Span;
    } else return { key, value: node?.kind === 'alias' ? node : key, node: undefined, exact: false };
  }
  return { key, value: node ?? key, node, exact: true };
}
