import { l10n } from 'vscode';
import type { Client } from '../client.ts';
import { showKeyDiff } from '../documents/show-diff.ts';
import { chooseDevice, chooseKey, chooseNamespace, roleIn, targetOf } from './choose.ts';
import { followers } from './diff.ts';

/** One key against its copy. */
export async function diffKey(client: Client, given?: unknown): Promise<void> {
  const target = targetOf(given);
  const { manifest, namespace } = await chooseNamespace(client, target);
  const place = { manifest: manifest.manifest, namespace: namespace.namespace };
  const device = await chooseDevice(client, l10n.t('Which copy?'), followers(namespace), target, roleIn(namespace));
  const [primary = device] = namespace.primaries;
  const key = await chooseKey(client, target, { ...place, device: primary });
  await showKeyDiff({ ...place, primary, device, key });
}
