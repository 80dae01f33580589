import { l10n } from 'vscode';
import type { Client } from '../client.ts';
import { carryOut } from './carry-out.ts';
import { chooseKey, chooseSite, targetOf } from './choose.ts';

/** Puts one key into a sealed archive. */
export async function backUpKey(client: Client, given?: unknown): Promise<void> {
  const target = targetOf(given);
  const { place } = await chooseSite(client, target, l10n.t('Back up from which device?'));
  const key = await chooseKey(client, target, place);
  await carryOut(client, 'backUpKey', l10n.t('{0} of {1}', key, place.device), { ...place, key });
}
