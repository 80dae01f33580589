import { l10n } from 'vscode';
import type { Client } from '../client.ts';
import type { Target } from '../views/target.ts';
import { chooseDevice, chooseKey, chooseNamespace, roleIn, targetOf } from './choose.ts';
import { copyKeys } from './copy-keys.ts';

/** Copies one key, or the selected ones, to another device of its namespace. */
export async function copyKey(client: Client, given?: unknown, selection?: unknown): Promise<void> {
  const target = targetOf(given);
  const { manifest, namespace } = await chooseNamespace(client, target);
  const devices = namespace.devices.map(({ device }) => device);
  const [primary] = namespace.primaries;
  // A key that a replica lacks stands on the primary; any other one where its node is.
  const source = target.drift === 'missing' ? { device: primary ?? '' } : target;
  const from = await chooseDevice(client, l10n.t('Copy from which device?'), devices, source, roleIn(namespace));
  const others = devices.filter((device) => device !== from);
  const aim = target.drift === 'missing' ? target : {};
  const to = await chooseDevice(client, l10n.t('Copy to which device?'), others, aim, roleIn(namespace));
  const place = { manifest: manifest.manifest, namespace: namespace.namespace };
  const keys = selectedKeys(target, selection) ?? [await chooseKey(client, target, { ...place, device: from })];
  await copyKeys(client, { ...place, from, to, keys });
}

/** The keys of all selected nodes that lie beside the chosen one. */
export function selectedKeys(target: Target, selection: unknown): string[] | undefined {
  if (!Array.isArray(selection) || selection.length < 2) return undefined;
  const beside = selection
    .map(targetOf)
    .filter(
      (other) =>
        other.manifest === target.manifest &&
        other.namespace === target.namespace &&
        other.device === target.device &&
        other.drift === target.drift,
    );
  const keys = beside.flatMap(({ key }) => (key === undefined ? [] : [key]));
  return keys.length > 0 ? keys : undefined;
}
