import type { ManifestDocument, PlacedItem, Resolved } from './document.ts';
import { MOST_LEVELS } from './nesting.ts';
import { keyText, type MapNode, type TreeNode } from './node.ts';

/** More nodes than this in one value can only be aliases of aliases of aliases. */
const MOST_NODES = 20_000;

/** Follows aliases to a node that is none; undefined when there is none or they go round. */
export function deref(document: ManifestDocument, item: PlacedItem, node: TreeNode | undefined): Resolved | undefined {
  let at: Resolved | undefined = node && { item, node };
  for (let hops = 0; at?.node.kind === 'alias'; hops++) {
    if (hops > 50) return undefined;
    at = document.resolve(at.item, at.node);
  }
  return at;
}

/** A pair of a map as it counts: its own, or one that `<<` brings in. */
export interface Member {
  name: string;
  item: PlacedItem;
  key: TreeNode;
  value: TreeNode | undefined;
  /** Brought in by a merge key. */
  merged: boolean;
}

/** Merge keys of merge keys multiply with each step: so many maps are looked at for one, and no more. */
const MOST_MERGES = 200;

/** The members of a map, merge keys followed: its own first, then what `<<` adds; later maps of a list add less. */
export function members(document: ManifestDocument, item: PlacedItem, map: MapNode): Member[] {
  return membersWithin(document, item, map, { merges: MOST_MERGES });
}

function membersWithin(document: ManifestDocument, item: PlacedItem, map: MapNode, left: { merges: number }): Member[] {
  const own = new Map<string, Member>();
  const merges: TreeNode[] = [];
  for (const pair of map.pairs) {
    const name = keyText(pair);
    if (name === '<<' && pair.key.plain) {
      if (pair.value?.kind === 'seq') merges.push(...pair.value.items);
      else if (pair.value !== undefined) merges.push(pair.value);
    } else own.set(name, { name, item, key: pair.key, value: pair.value, merged: false });
  }
  for (const merge of merges) {
    if (left.merges-- <= 0) break;
    const target = deref(document, item, merge);
    if (target?.node.kind !== 'map') continue;
    for (const member of membersWithin(document, target.item, target.node, left)) {
      if (!own.has(member.name)) own.set(member.name, { ...member, merged: true });
    }
  }
  return [...own.values()];
}

/** The value of a node as plain data, aliases and merges followed; `tooBig` when it grows without measure. */
export function plainValue(
  document: ManifestDocument,
  item: PlacedItem,
  node: TreeNode | undefined,
): { value: unknown; tooBig: boolean } {
  let left = MOST_NODES;
  const open = new Set<TreeNode>();
  const merged = (at: PlacedItem, node: MapNode): Member[] => {
    const merges = { merges: MOST_MERGES };
    const found = membersWithin(document, at, node, merges);
    if (merges.merges < 0) left = 0;
    return found;
  };
  const build = (at: PlacedItem, node: TreeNode | undefined): unknown => {
    if (open.size > MOST_LEVELS) left = 0;
    if (node === undefined || left-- <= 0 || open.has(node)) return null;
    if (node.kind === 'scalar') return node.value;
    if (node.kind === 'alias') {
      const target = document.resolve(at, node);
      return target === undefined ? null : build(target.item, target.node);
    }
    open.add(node);
    const value =
      node.kind === 'seq'
        ? node.items.map((entry) => build(at, entry))
        : Object.fromEntries(merged(at, node).map((m) => [m.name, build(m.item, m.value)]));
    open.delete(node);
    return value;
  };
  const value = build(item, node);
  return { value, tooBig: left <= 0 };
}
