import type { Client } from '../client.ts';
import type { TreeNode } from '../views/node.ts';

/** Shows one more page of a long list. */
export async function showMore(client: Client, given?: unknown): Promise<void> {
  const list = (given as TreeNode | undefined)?.list;
  if (list === undefined) return;
  client.pages.more(list);
  client.redraw();
}
