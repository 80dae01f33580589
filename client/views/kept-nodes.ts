/** The nodes that a view shows, kept by id: a menu that is open while facts are read anew must not lose its node. */
import type { TreeNode } from './node.ts';

export interface KeptNodes {
  /** The nodes below one, or the roots. */
  children(parent?: TreeNode): Promise<TreeNode[]>;
  /** Makes the nodes anew and tells which differ from what is shown, each with all below it. */
  compare(): Promise<void>;
  turned(node: TreeNode, isOpen: boolean): void;
}

/** What of a node is drawn; its tooltip is made when it is looked at. */
const drawn = ({ label, description, icon, spoken, context, target, opens, children, expanded }: TreeNode): string =>
  JSON.stringify([label, description, icon, spoken, context, target, opens, children === undefined, expanded]);

/** Keeps what `roots` gave, and all below; `changed` without a node means the whole view. */
export function createKeptNodes(
  roots: () => Promise<TreeNode[]>,
  changed: (node: TreeNode | undefined) => void,
): KeptNodes {
  const byId = new Map<string, TreeNode>();
  /** The ids that were given, by their parent's. */
  const lists = new Map<string, string[]>();
  const turns = new Map<string, boolean>();
  let comparing: Promise<void> | undefined;
  let again = false;

  const fresh = async (parent: TreeNode | undefined): Promise<TreeNode[]> =>
    parent === undefined ? roots() : ((await parent.children?.()) ?? []);

  /** The same object for the same id, with what is new about it. */
  const keep = (node: TreeNode): TreeNode => {
    const old = byId.get(node.id);
    if (old === undefined || old === node) {
      byId.set(node.id, node);
      return node;
    }
    for (const name of Object.keys(old)) if (!(name in node)) delete old[name as keyof TreeNode];
    return Object.assign(old, node);
  };

  const forget = (id: string): void => {
    byId.delete(id);
    for (const below of lists.get(id) ?? []) forget(below);
    lists.delete(id);
  };

  const keepAll = (parent: string, nodes: readonly TreeNode[]): TreeNode[] => {
    const ids = nodes.map(({ id }) => id);
    const still = new Set(ids);
    for (const id of lists.get(parent) ?? []) if (!still.has(id)) forget(id);
    lists.set(parent, ids);
    return nodes.map(keep);
  };

  const compareBelow = async (parent: TreeNode | undefined): Promise<void> => {
    const key = parent?.id ?? '';
    const before = lists.get(key);
    // Nobody asked for what is below yet.
    if (before === undefined) return;
    const looks = new Map<string, string>();
    for (const id of before) {
      const node = byId.get(id);
      if (node !== undefined) looks.set(id, drawn(node));
    }
    const nodes = keepAll(key, await fresh(parent));
    if (nodes.length !== before.length || nodes.some(({ id }, at) => id !== before[at])) return changed(parent);
    for (const node of nodes) {
      const isOpen = turns.get(node.id) ?? node.expanded === true;
      if (drawn(node) !== looks.get(node.id)) changed(node);
      else if (isOpen) await compareBelow(node);
      else if (lists.has(node.id)) {
        // What is closed is asked for again when it is opened.
        for (const id of lists.get(node.id) ?? []) forget(id);
        lists.delete(node.id);
        changed(node);
      }
    }
  };

  return {
    children: async (parent) => keepAll(parent?.id ?? '', await fresh(parent)),
    compare() {
      again = true;
      comparing ??= (async () => {
        while (again) {
          again = false;
          await compareBelow(undefined);
        }
      })().finally(() => {
        comparing = undefined;
      });
      return comparing;
    },
    turned: ({ id }, isOpen) => void turns.set(id, isOpen),
  };
}
