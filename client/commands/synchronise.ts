import { l10n } from 'vscode';
import type { Client } from '../client.ts';
import { showPlanDiff } from '../documents/show-diff.ts';
import { carryOut } from './carry-out.ts';
import { chooseNamespace, targetOf } from './choose.ts';
import { confirmEffect } from './confirm.ts';

/** Brings the replicas of a namespace into step, after its plan was agreed to. */
export async function synchronise(client: Client, given?: unknown): Promise<void> {
  const { manifest, namespace } = await chooseNamespace(client, targetOf(given));
  const params = { manifest: manifest.manifest, namespace: namespace.namespace };
  const { premise } = await confirmEffect(
    client,
    l10n.t('Synchronise {0}?', namespace.title),
    l10n.t('Synchronise'),
    { command: 'synchronise', params },
    () => showPlanDiff(params.manifest, params.namespace),
  );
  await carryOut(client, 'synchronise', namespace.title, { ...params, premise });
}
