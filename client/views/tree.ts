import { EventEmitter, type MarkdownString, type TreeDataProvider, TreeItem, TreeItemCollapsibleState } from 'vscode';
import { createKeptNodes } from './kept-nodes.ts';
import type { TreeNode } from './node.ts';

/** A view over nodes that are data. */
export interface Tree extends TreeDataProvider<TreeNode> {
  /** Draws again what has changed; ids keep selection and expansion. */
  redraw(): void;
  /** A person opened or closed a node. */
  turned(node: TreeNode, isOpen: boolean): void;
  dispose(): void;
}

/** Turns nodes into what VS Code draws; asking for children has no side effects. */
export function createTree(roots: () => Promise<TreeNode[]>): Tree {
  const changes = new EventEmitter<TreeNode | undefined>();
  const kept = createKeptNodes(roots, (node) => changes.fire(node));
  return {
    onDidChangeTreeData: changes.event,
    getChildren: kept.children,
    getTreeItem: itemOf,
    resolveTreeItem(item, node) {
      const tooltip: MarkdownString | undefined = node.tooltip?.();
      if (tooltip !== undefined) item.tooltip = tooltip;
      return item;
    },
    redraw: () => void kept.compare(),
    turned: kept.turned,
    dispose: () => changes.dispose(),
  };
}

function itemOf(node: TreeNode): TreeItem {
  const { None, Expanded, Collapsed } = TreeItemCollapsibleState;
  const state = node.children === undefined ? None : node.expanded ? Expanded : Collapsed;
  const item = new TreeItem(node.label, state);
  item.id = node.id;
  if (node.description !== undefined) item.description = node.description;
  if (node.icon !== undefined) item.iconPath = node.icon;
  if (node.context !== undefined) item.contextValue = node.context;
  const spoken = node.spoken ?? [node.label, node.description].filter(Boolean).join(', ');
  item.accessibilityInformation = { label: spoken };
  if (node.opens !== undefined) {
    item.command = { title: node.label, command: `nethsm-replication.${node.opens}`, arguments: [node] };
  }
  return item;
}
