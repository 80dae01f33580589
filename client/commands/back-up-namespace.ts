import { l10n } from 'vscode';
import type { Client } from '../client.ts';
import { carryOut } from './carry-out.ts';
import { chooseDevice, chooseNamespace, roleIn, targetOf } from './choose.ts';

/** Puts a namespace into a sealed archive, in the folder that the manifest names. */
export async function backUpNamespace(client: Client, given?: unknown): Promise<void> {
  const target = targetOf(given);
  const { manifest, namespace } = await chooseNamespace(client, target);
  const devices = namespace.devices.map(({ device }) => device);
  const [primary] = namespace.primaries;
  // From a node of a device: that device; else of the primary.
  const device =
    target.device ??
    primary ??
    (await chooseDevice(client, l10n.t('Back up from?'), devices, target, roleIn(namespace)));
  await carryOut(client, 'backUpNamespace', l10n.t('{0} of {1}', namespace.title, device), {
    manifest: manifest.manifest,
    namespace: namespace.namespace,
    device,
  });
}
