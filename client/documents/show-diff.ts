import { commands, l10n } from 'vscode';
import { textUri } from './documents.ts';

interface Side {
  manifest: string;
  namespace: string;
  primary: string;
  device: string;
}

const named = (namespace: string): string => (namespace === '' ? l10n.t('root keys') : namespace);

/** The primary's inventory against a replica's, in the editor's own diff. */
export function showInventoryDiff({ manifest, namespace, primary, device }: Side): Thenable<unknown> {
  const left = textUri(`${named(namespace)} on ${primary}.nethsm-inventory`, {
    kind: 'inventory',
    manifest,
    namespace,
    device: primary,
    against: device,
  });
  const right = textUri(`${named(namespace)} on ${device}.nethsm-inventory`, {
    kind: 'inventory',
    manifest,
    namespace,
    device,
    against: primary,
  });
  return openDiff(left, right, l10n.t('{0}: {1} ↔ {2}', named(namespace), primary, device));
}

/** One key against its copy. */
export function showKeyDiff(side: Side & { key: string }): Thenable<unknown> {
  const { manifest, namespace, key, primary, device } = side;
  const on = (name: string) =>
    textUri(`${key} on ${name}.nethsm-inventory`, { kind: 'key', manifest, namespace, device: name, key });
  return openDiff(on(primary), on(device), l10n.t('{0}: {1} ↔ {2}', key, primary, device));
}

/** What a synchronisation would change, as a diff of before and after. */
export function showPlanDiff(manifest: string, namespace: string): Thenable<unknown> {
  const side = (which: 'before' | 'after') =>
    textUri(`${named(namespace)} ${which === 'before' ? l10n.t('now') : l10n.t('after')}.nethsm-inventory`, {
      kind: 'plan',
      manifest,
      namespace,
      side: which,
    });
  return openDiff(side('before'), side('after'), l10n.t('Plan of {0}: now ↔ after', named(namespace)));
}

const openDiff = (left: ReturnType<typeof textUri>, right: ReturnType<typeof textUri>, title: string) =>
  commands.executeCommand('vscode.diff', left, right, title, { preview: true });
