import { dirname } from 'node:path';
import { l10n, type QuickPickItem, Uri, window } from 'vscode';
import type { Client } from '../client.ts';
import { ago, keys } from '../views/words.ts';
import { orWithdraw } from './choose.ts';

/** An archive that the manifest's folders hold, or a file from elsewhere. */
export async function chooseArchive(client: Client, manifest: string, namespace: string | undefined): Promise<string> {
  const { value } = await client.facts.read('nethsm/archives', { manifest });
  const fitting = (value?.archives ?? []).filter(
    (archive) => namespace === undefined || archive.namespace === namespace,
  );
  const other = l10n.t('Another file…');
  const choices: (QuickPickItem & { file?: string })[] = fitting
    .toSorted((a, b) => (b.created ?? b.written) - (a.created ?? a.written))
    .map((archive) => ({
      label: archive.title.replace(/\.nethsm-archive$/, ''),
      description: [
        archive.verifiedAt === undefined ? l10n.t('not verified') : l10n.t('verified'),
        archive.keys !== undefined && keys(archive.keys),
        ago(archive.created ?? archive.written),
      ]
        .filter((part) => part !== false)
        .join(' · '),
      // The same archive may lie at two places.
      detail: dirname(archive.file),
      file: archive.file,
    }));
  const title = l10n.t('Which archive?');
  const chosen = await orWithdraw(
    client.refresher.whileChoosing(() => window.showQuickPick([...choices, { label: other }], { title })),
  );
  if (chosen.file !== undefined) return chosen.file;
  const [file] = await orWithdraw(
    window.showOpenDialog({ title, canSelectMany: false, defaultUri: Uri.joinPath(Uri.parse(manifest), '..') }),
  );
  return (file as Uri).fsPath;
}
