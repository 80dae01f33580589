import type { MarkdownString, ThemeIcon } from 'vscode';
import type { Target } from './target.ts';

/** A node of a tree, as data: the same for the same facts. */
export interface TreeNode {
  /** The same over refreshes, so that selection and expansion stay. */
  id: string;
  label: string;
  description?: string;
  icon?: ThemeIcon;
  /** Said to screen readers in place of label and description. */
  spoken?: string;
  /** Made when the mouse rests. */
  tooltip?: () => MarkdownString;
  /** Words between semicolons, for menus: what it is and what can be done with it. */
  context?: string;
  target?: Target;
  /** What a click or Enter does, by the name of a command of ours. */
  opens?: string;
  children?: () => Promise<TreeNode[]> | TreeNode[];
  expanded?: boolean;
  /** For lists: the id in the store of pages, when it is not the node's. */
  list?: string;
}

/** `;namespace;synchronise;pause;`: menus look for a word between semicolons. */
export const contextOf = (...words: (string | false | undefined)[]): string =>
  `;${words.filter((word) => typeof word === 'string').join(';')};`;
