import { l10n, window } from 'vscode';
import type { Client } from '../client.ts';
import type { TreeNode } from '../views/node.ts';
import { orWithdraw } from './choose.ts';

/** Narrows a list of keys; the engine looks through all of them, shown or not. */
export async function filterKeys(client: Client, given?: unknown): Promise<void> {
  const list = (given as TreeNode | undefined)?.list;
  if (list === undefined) {
    void window.showInformationMessage(
      l10n.t('Choose a namespace of a device, or a kind of drift, in the NetHSM views, and its filter.'),
    );
    return;
  }
  const filter = await orWithdraw(
    client.refresher.whileChoosing(() =>
      window.showInputBox({
        title: l10n.t('Filter keys'),
        prompt: l10n.t('A part of the id, or a pattern with * and ? over all of it. Empty shows all.'),
        value: client.pages.filter(list) ?? '',
      }),
    ),
  );
  client.pages.setFilter(list, filter);
  client.redraw();
}
