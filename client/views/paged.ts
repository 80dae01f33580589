import { l10n } from 'vscode';
import type { Known, Question } from '../state/facts.ts';
import { quiet } from './icons.ts';
import { contextOf, type TreeNode } from './node.ts';
import { problemNode } from './problem-node.ts';
import { count } from './words.ts';

/** Answers that come in pages. */
interface Page {
  matching: number;
  next?: string;
}

/** How many ids one page shows. */
export const PAGE = 100;

/** The first `pages` pages of a list, and a node for more. `ask` gets where the page before ended. */
export async function pagedNodes<M extends Question>(
  list: string,
  pages: number,
  ask: (after: string | undefined) => Promise<Known<M>>,
  pageOf: (value: NonNullable<Known<M>['value']>) => Page,
  make: (value: NonNullable<Known<M>['value']>) => TreeNode[],
): Promise<TreeNode[]> {
  const nodes: TreeNode[] = [];
  let after: string | undefined;
  for (let page = 0; page < pages; page++) {
    const { value, problem } = await ask(after);
    if (value !== undefined) nodes.push(...make(value));
    if (problem !== undefined) return [...nodes, problemNode(`${list}/${page}`, problem)];
    if (value === undefined) return nodes;
    const { matching, next } = pageOf(value);
    if (next === undefined) return nodes;
    after = next;
    if (page + 1 === pages) nodes.push(moreNode(list, nodes.length, matching));
  }
  return nodes;
}

const moreNode = (list: string, shown: number, of: number): TreeNode => ({
  id: `${list}/more`,
  label: l10n.t('Show more'),
  description: l10n.t('{0} of {1} shown', count(shown), count(of)),
  icon: quiet('ellipsis'),
  context: contextOf('more'),
  opens: 'showMore',
  list,
});
