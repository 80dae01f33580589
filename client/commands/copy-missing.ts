import { l10n } from 'vscode';
import type { Client } from '../client.ts';
import { chooseSite, targetOf } from './choose.ts';
import { copyKeys } from './copy-keys.ts';
import { followers } from './diff.ts';

/** Copies all keys that a replica lacks. */
export async function copyMissing(client: Client, given?: unknown): Promise<void> {
  const target = targetOf(given);
  const { namespace, place } = await chooseSite(client, target, l10n.t('Copy to which device?'), followers);
  const { device: to, ...where } = place;
  const devices = namespace.devices.map(({ device }) => device).filter((device) => device !== to);
  const [from = ''] = namespace.primaries.filter((device) => devices.includes(device));
  await copyKeys(client, { ...where, from, to, keys: 'missing' });
}
