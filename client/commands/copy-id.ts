import { env } from 'vscode';
import type { Client } from '../client.ts';
import type { TreeNode } from '../views/node.ts';

/** Puts the ids of the selected nodes onto the clipboard. */
export async function copyId(_client: Client, given?: unknown, selection?: unknown): Promise<void> {
  const nodes = (Array.isArray(selection) ? selection : [given]) as (TreeNode | undefined)[];
  await env.clipboard.writeText(nodes.map((node) => node?.target?.key ?? node?.label ?? '').join('\n'));
}
