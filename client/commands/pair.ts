import { l10n } from 'vscode';
import type { Client } from '../client.ts';
import { carryOut } from './carry-out.ts';
import { chooseDevice, chooseManifest, pick, targetOf } from './choose.ts';
import { confirmEffect } from './confirm.ts';

/** Gives a device the Domain Key of another one: a whole restore, once. */
export async function pair(client: Client, given?: unknown): Promise<void> {
  const target = targetOf(given);
  const view = await chooseManifest(client, target);
  const { manifest, devices } = view;
  const to = await chooseDevice(client, l10n.t('Which device takes over a Domain Key?'), devices, target);
  const others = devices.filter((device) => device !== to);
  const from = await chooseDevice(client, l10n.t('From which device?'), others, {});
  const erase = await pick(client, l10n.t('What may {0} hold?', to), [
    {
      label: l10n.t('Nothing but its administrator'),
      description: l10n.t('refused if it holds namespaces, keys or users'),
      value: false,
    },
    { label: l10n.t('Anything: it is erased'), description: l10n.t('all that {0} holds is lost', to), value: true },
  ]);
  const { typed, premise } = await confirmEffect(client, l10n.t('Pair {0} with {1}?', to, from), l10n.t('Pair'), {
    command: 'pair',
    params: { manifest, from, to, erase },
  });
  await carryOut(client, 'pair', l10n.t('{0} with {1}', to, from), { manifest, from, to, erase, typed, premise });
}
