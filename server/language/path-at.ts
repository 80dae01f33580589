import { itemAt, type ManifestDocument, type PlacedItem } from '../../schemas/tree/document.ts';
import { keyText, type Pair, type TreeNode } from '../../schemas/tree/node.ts';

/** What stands at an offset of the text. */
export interface AtOffset {
  item: PlacedItem;
  /** From the top of the manifest. */
  path: PropertyKey[];
  node: TreeNode;
  /** The pair whose name or value it is. */
  pair?: Pair;
  /** On the name, not on the value. */
  onKey: boolean;
  /** The nodes around it, from the outside to the inside. */
  around: TreeNode[];
}

/** The innermost name or value at an offset; undefined on blank, in a comment or outside. */
export function pathAt(document: ManifestDocument, offset: number): AtOffset | undefined {
  const item = itemAt(document, offset);
  if (item === undefined) return undefined;
  const at = offset - item.start;
  const holds = (node: { start: number; end: number }) => node.start <= at && at <= node.end;
  const path: PropertyKey[] = item.section === undefined ? [] : [item.section];
  const around: TreeNode[] = [];
  let node: TreeNode = item.parsed.root;
  let pair: Pair | undefined;
  for (;;) {
    around.push(node);
    if (node.kind === 'map') {
      const inside: Pair | undefined = node.pairs.find((one) => holds(one.key) || (one.value && holds(one.value)));
      if (inside === undefined) return around.length === 1 ? undefined : found(false);
      pair = inside;
      path.push(keyText(inside));
      if (inside.value === undefined || holds(inside.key)) {
        node = inside.key;
        return found(true);
      }
      node = inside.value;
    } else if (node.kind === 'seq') {
      const index: number = node.items.findIndex(holds);
      if (index < 0) return found(false);
      path.push(index);
      node = node.items[index] as TreeNode;
    } else return found(false);
  }
  function found(onKey: boolean): AtOffset {
    return { item: item as PlacedItem, path, node, onKey, around, ...(pair !== undefined && { pair }) };
  }
}
