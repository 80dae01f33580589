import { l10n } from 'vscode';
import type { Client } from '../client.ts';
import { EngineProblem } from '../engine/engine-problem.ts';
import type { Target } from '../views/target.ts';
import { carryOut } from './carry-out.ts';
import { chooseNamespace, pick, targetOf } from './choose.ts';
import { confirmEffect } from './confirm.ts';
import { followers } from './diff.ts';

/** Has a person decide whose key stays. */
export async function resolveConflict(client: Client, given?: unknown): Promise<void> {
  const target = targetOf(given);
  const { manifest, namespace } = await chooseNamespace(client, target);
  const place = { manifest: manifest.manifest, namespace: namespace.namespace };
  const [primary = ''] = namespace.primaries;
  const { key: conflict, device } = await chooseConflict(client, target, place, followers(namespace));
  const keep = await pick(client, l10n.t('Whose {0} stays?', conflict), [
    { label: primary, description: l10n.t('the other one is archived and replaced'), value: primary },
    { label: device, description: l10n.t('the other one is archived and replaced'), value: device },
  ]);
  const params = { ...place, conflict, keep };
  await confirmEffect(client, l10n.t('Keep {0} of {1}?', conflict, keep), l10n.t('Keep That of {0}', keep), {
    command: 'resolve',
    params,
  });
  await carryOut(client, 'resolve', conflict, params);
}

async function chooseConflict(
  client: Client,
  target: Target,
  place: { manifest: string; namespace: string },
  devices: readonly string[],
): Promise<{ key: string; device: string }> {
  if (target.key !== undefined && target.device !== undefined) return { key: target.key, device: target.device };
  const pages = await Promise.all(
    devices.map(async (device) => {
      const params = { ...place, device, kind: 'conflict' as const, limit: 1000, maxAge: 60_000 };
      const { value } = await client.facts.read('nethsm/drift', params);
      return (value?.items ?? []).map(({ key, reason = '' }) => ({
        label: key,
        description: device,
        detail: reason,
        value: { key, device },
      }));
    }),
  );
  const choices = pages.flat();
  if (choices.length === 0) {
    throw new EngineProblem({
      kind: 'not-found',
      place: place.namespace,
      cause: l10n.t('There is no conflict'),
      remedy: l10n.t('Refresh, if you think that there should be one'),
    });
  }
  return pick(client, l10n.t('Which conflict?'), choices);
}
