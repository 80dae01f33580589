import { l10n } from 'vscode';
import type { Client } from '../client.ts';
import { chooseNamespace, pick, targetOf } from './choose.ts';
import { failover } from './failover.ts';
import { switchover } from './switchover.ts';

/** Of a code lens: a planned exchange, or without the primary. */
export async function promote(client: Client, given?: unknown): Promise<void> {
  const target = targetOf(given);
  const { manifest, namespace } = await chooseNamespace(client, target);
  const which = await pick(client, l10n.t('Promote a replica of {0}', namespace.title), [
    { label: l10n.t('Switch over'), description: l10n.t('both sides are there; nothing is lost'), value: switchover },
    { label: l10n.t('Fail over'), description: l10n.t('the primary is out of reach'), value: failover },
  ]);
  await which(client, { ...target, manifest: manifest.manifest, namespace: namespace.namespace });
}
