import { l10n } from 'vscode';
import type { Client } from '../client.ts';
import { showKeyDiff } from '../documents/show-diff.ts';
import { chooseKey, chooseSite, targetOf } from './choose.ts';
import { followers } from './diff.ts';

/** One key against its copy. */
export async function diffKey(client: Client, given?: unknown): Promise<void> {
  const target = targetOf(given);
  const { namespace, place } = await chooseSite(client, target, l10n.t('Which copy?'), followers);
  const [primary = place.device] = namespace.primaries;
  const key = await chooseKey(client, target, { ...place, device: primary });
  await showKeyDiff({ ...place, primary, key });
}
