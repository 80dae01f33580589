import { l10n } from 'vscode';
import type { Client } from '../client.ts';
import { keys as keyCount } from '../views/words.ts';
import { carryOut } from './carry-out.ts';
import { confirmEffect } from './confirm.ts';

interface Copy {
  manifest: string;
  namespace: string;
  from: string;
  to: string;
  keys: string[] | 'missing';
}

/** Has the copying of keys confirmed and does it. */
export async function copyKeys(client: Client, copy: Copy): Promise<void> {
  const { keys, from, to } = copy;
  const what =
    keys === 'missing' ? l10n.t('all missing keys') : keys.length === 1 ? (keys[0] ?? '') : keyCount(keys.length);
  await confirmEffect(client, l10n.t('Copy {0} from {1} to {2}?', what, from, to), l10n.t('Copy'), {
    command: 'copyKeys',
    params: copy,
  });
  await carryOut(client, 'copyKeys', l10n.t('{0} from {1} to {2}', what, from, to), copy);
}
