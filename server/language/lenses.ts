import type { CodeLens } from 'vscode-languageserver';
import { viewOf } from '../../schemas/entries.ts';
import type { ManifestFile } from './context.ts';
import { itemRange } from './places.ts';

/** What can be done with a namespace; the editor's client knows the commands by these names. */
export const LENS_COMMANDS = {
  Diff: 'nethsm-replication.diff',
  Synchronise: 'nethsm-replication.synchronise',
  'Back up': 'nethsm-replication.backUp',
  Promote: 'nethsm-replication.promote',
} as const;

/** An editor draws a few hundred well, ten thousand not. */
const MOST_NAMESPACES = 500;

/** Actions over each namespace and root. */
export function codeLenses({ uri, document }: ManifestFile): CodeLens[] {
  const view = viewOf(document);
  const entries = [...view.namespaces.slice(0, MOST_NAMESPACES), ...(view.root === undefined ? [] : [view.root])];
  return entries.flatMap(({ item, key, name }) => {
    const range = itemRange(document, item, key);
    return Object.entries(LENS_COMMANDS).map(([title, command]) => ({
      range,
      command: { title, command, arguments: [{ manifest: uri, namespace: name }] },
    }));
  });
}
