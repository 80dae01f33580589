import { l10n } from 'vscode';
import type { NamespaceView } from '../../server/operations/protocol.ts';
import type { Client } from '../client.ts';
import { showInventoryDiff } from '../documents/show-diff.ts';
import { chooseSite, targetOf } from './choose.ts';

/** The devices that a namespace can be compared on, without the one that leads. */
export const followers = ({ devices, primaries }: NamespaceView): string[] => {
  const [lead] = primaries;
  return devices.map(({ device }) => device).filter((device) => device !== lead);
};

/** The primary's inventory against a replica's in the diff editor. */
export async function diff(client: Client, given?: unknown): Promise<void> {
  const target = targetOf(given);
  const { namespace, place } = await chooseSite(client, target, l10n.t('Compare with which device?'), followers);
  const [primary = place.device] = namespace.primaries;
  await showInventoryDiff({ ...place, primary });
}
