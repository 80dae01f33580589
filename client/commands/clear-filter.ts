import type { Client } from '../client.ts';
import type { TreeNode } from '../views/node.ts';

/** Shows all keys of a list again. */
export async function clearFilter(client: Client, given?: unknown): Promise<void> {
  const list = (given as TreeNode | undefined)?.list;
  if (list === undefined) return;
  client.pages.setFilter(list, undefined);
  client.redraw();
}
