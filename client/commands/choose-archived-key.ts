import { basename } from 'node:path';
import { l10n, ProgressLocation, window } from 'vscode';
import type { Client } from '../client.ts';
import { toEngineProblem } from '../engine/engine-problem.ts';
import { orWithdraw } from './choose.ts';
import { KEYS_SHOWN, pickKey } from './pick-key.ts';

/** One of the keys that an archive holds: picked, or typed where they are too many to be listed. */
export async function chooseArchivedKey(client: Client, manifest: string, file: string): Promise<string> {
  const name = basename(file);
  const list = { manifest, file, limit: KEYS_SHOWN };
  const looking = { location: ProgressLocation.Window, title: l10n.t('Reading {0}', name) };
  const { keys, total } = await window.withProgress(looking, () => client.engine.ask('nethsm/archiveKeys', list));
  if (keys === undefined) return typeKey(client, name);
  const [only] = keys;
  if (only !== undefined && total === 1) return only;
  return pickKey(client, l10n.t('Which key of {0}?', name), async (filter) => {
    try {
      const found = await client.engine.ask('nethsm/archiveKeys', { ...list, filter });
      return { keys: found.keys ?? [] };
    } catch (error) {
      return { keys: [], problem: toEngineProblem(error).data.cause };
    }
  });
}

const typeKey = (client: Client, name: string): Promise<string> =>
  orWithdraw(
    client.refresher.whileChoosing(() =>
      window.showInputBox({
        title: l10n.t('Restore one key of {0}', name),
        prompt: l10n.t('Its id, as it is in the archive'),
        ignoreFocusOut: true,
        validateInput: (text) => (text === '' ? l10n.t('It can’t be empty.') : undefined),
      }),
    ),
  );
