import { l10n, window } from 'vscode';
import type { Client } from '../client.ts';
import { Withdrawn } from './withdrawn.ts';

/** Keys that fit what was typed so far, and why there are none. */
export interface KeysFound {
  keys: readonly string[];
  problem?: string;
}

/** How many keys a pick shows. */
export const KEYS_SHOWN = 200;

/** Has a person pick a key; the list is narrowed while typing by whoever knows all of them. */
export function pickKey(client: Client, title: string, find: (filter: string) => Promise<KeysFound>): Promise<string> {
  const box = window.createQuickPick();
  box.title = title;
  box.placeholder = l10n.t('Type a part of its id');
  let asked = 0;
  const load = async (filter: string) => {
    const mine = ++asked;
    box.busy = true;
    const { keys, problem } = await find(filter);
    if (mine !== asked) return;
    box.busy = false;
    box.items = keys.map((key) => ({ label: key, alwaysShow: true }));
    if (problem !== undefined) box.title = problem;
  };
  return client.refresher.whileChoosing(
    () =>
      new Promise<string>((resolve, reject) => {
        box.onDidChangeValue((text) => void load(text));
        box.onDidAccept(() => {
          const [chosen] = box.selectedItems;
          if (chosen === undefined) return;
          resolve(chosen.label);
          box.hide();
        });
        box.onDidHide(() => {
          reject(new Withdrawn());
          box.dispose();
        });
        box.show();
        void load('');
      }),
  );
}
