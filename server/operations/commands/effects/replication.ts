import { basename } from 'node:path';
import { moment } from '../../../../core/moment.ts';
import { namespaceTitle } from '../../../../core/names.ts';
import type { WorkOptions } from '../../../../core/progress.ts';
import { askedOf } from '../../../../core/replication/apply/report.ts';
import type { NamespacePlan, Step } from '../../../../core/replication/plan/plan.ts';
import { assessFailover } from '../../../../core/replication/promote/failover.ts';
import { planMerge } from '../../../../core/replication/promote/rejoin.ts';
import { namespaceOf, withContext } from '../../engine/context.ts';
import type { Engine } from '../../engine/engine.ts';
import { inEditorWords } from '../../look/editor-words.ts';
import { makePlan } from '../../look/plan.ts';
import { primaryOf } from '../../look/primary.ts';
import type { CommandParams } from '../../protocol.ts';
import { count } from '../results.ts';
import type { Effect } from './effect.ts';

const WORDS: Record<Step['kind'], (step: Step, n: number) => string> = {
  establish: ({ device }) => `${device} becomes the primary by record, epoch 1.`,
  record: ({ device }) => `The role record is brought to ${device}.`,
  lock: ({ device }, n) =>
    `${device} is locked: ${count(n, 'N-Administrator')} removed, after they were archived at two places.`,
  create: ({ device }, n) => `${count(n, 'key')} created on ${device}.`,
  update: ({ device }, n) => `Tags, label or certificate of ${count(n, 'key')} changed on ${device}.`,
  delete: ({ device }, n) => `${count(n, 'key')} DELETED on ${device}, archived first.`,
  replace: ({ device }, n) => `${count(n, 'key')} REPLACED on ${device}, the old ones archived first.`,
  users: ({ device }, n) => `${count(n, 'Operator')} brought in line on ${device}.`,
  'clear-stand-ins': ({ device }, n) => `${count(n, 'stand-in')} cleared on ${device}.`,
};

function effectOfPlan(plan: NamespacePlan): Effect {
  const words = (step: Step): string => WORDS[step.kind](step, askedOf(step));
  const isLoss = ({ kind }: Step): boolean => kind === 'delete' || kind === 'replace';
  const changes = plan.steps.filter((step) => !isLoss(step)).map(words);
  const waiting = [
    ...(plan.conflicts.length > 0 ? [`${count(plan.conflicts.length, 'conflict')} left alone.`] : []),
    ...(plan.held.length > 0 ? [`${count(plan.held.length, 'change')} held back.`] : []),
  ];
  const losses = [
    ...plan.steps.filter(isLoss).map(words),
    ...plan.alarms.map(({ device, text, remedy }) => inEditorWords(`${device}: ${text}. ${remedy}.`)),
  ];
  return { changes: [...(plan.steps.length === 0 ? ['Nothing to do.'] : changes), ...waiting], losses, hasPlan: true };
}

export const ofSync = async (engine: Engine, params: CommandParams['plan'], options: WorkOptions): Promise<Effect> =>
  effectOfPlan(
    await makePlan(engine, await engine.manifests.valid(params.manifest), namespaceOf(params.namespace), options),
  );

export const ofResolve = async ({ conflict, keep }: { conflict: string; keep: string }): Promise<Effect> => ({
  changes: [`${conflict} becomes everywhere what it is on ${keep}; where ${keep} has none, it is deleted.`],
  losses: ['What the other devices hold of it goes out of use; the sealed value is archived first.'],
});

export async function ofSwitchover(
  engine: Engine,
  params: CommandParams['switchover'],
  options: WorkOptions,
): Promise<Effect> {
  const saved = await engine.manifests.valid(params.manifest);
  const namespace = namespaceOf(params.namespace);
  const plan = await makePlan(engine, saved, namespace, options);
  const { changes, losses } = effectOfPlan(plan);
  return {
    changes: [
      ...changes.filter((line) => line !== 'Nothing to do.'),
      `${params.device} becomes the primary of ${namespaceTitle(namespace)}, epoch ${plan.premises.epoch + 1}; its keepers come back there.`,
      `${primaryOf(engine, saved, namespace)} becomes a replica: its keepers are removed, after they were archived at two places.`,
    ],
    losses,
    hasPlan: true,
  };
}

export async function ofFailover(
  engine: Engine,
  params: Omit<CommandParams['failover'], 'typed' | 'premise'>,
  options: WorkOptions,
): Promise<Effect> {
  const saved = await engine.manifests.valid(params.manifest);
  const namespace = namespaceOf(params.namespace);
  const { device } = params;
  const found = await withContext(engine, saved, namespace, options, (ctx, policy) =>
    assessFailover(ctx, policy, device),
  );
  const { oldPrimary = 'nobody we know', epoch, unreachable, inSyncAt, missing, means } = found;
  const since = unreachable.since === undefined ? '' : `, since ${moment(unreachable.since)}`;
  return {
    changes: [
      `${device} becomes the primary of ${namespaceTitle(namespace)}, epoch ${epoch + 1}, without ${oldPrimary}.`,
      `${oldPrimary} can not be worked with: ${unreachable.reason}${since}, tried from ${unreachable.triedFrom}.`,
    ],
    losses: [
      inSyncAt === undefined
        ? `Nobody knows when ${device} last had all that ${oldPrimary} had.`
        : `${device} last had everything at ${moment(inSyncAt)}: what was made on ${oldPrimary} since then may be lost.`,
      ...(missing.length > 0
        ? [`${count(missing.length, 'key')} known to be missing: ${missing.slice(0, 10).join(', ')}.`]
        : []),
      ...means.map((line) => `${inEditorWords(line).replace(/\.$/, '')}.`),
    ],
    mustType: namespaceTitle(namespace),
    mustAccept: true,
  };
}

export async function ofRejoin(engine: Engine, params: CommandParams['rejoin'], options: WorkOptions): Promise<Effect> {
  const saved = await engine.manifests.valid(params.manifest);
  const namespace = namespaceOf(params.namespace);
  const { device } = params;
  const primary = primaryOf(engine, saved, namespace);
  const plan = await withContext(engine, saved, namespace, options, (ctx, policy) =>
    planMerge(ctx, policy, primary, device),
  );
  const { changes, losses } = effectOfPlan(plan);
  return {
    changes: [...changes, `${device} is locked and follows ${primary}.`],
    losses,
  };
}

export const ofBreakGlass = async ({
  device,
  file,
  namespace,
}: {
  device: string;
  file: string;
  namespace: string;
}): Promise<Effect> => ({
  changes: [`The N-Administrators in ${basename(file)} come back on ${device}, with their passphrases of then.`],
  losses: [
    `Whoever knows such a passphrase can change ${namespaceTitle(namespaceOf(namespace))} on ${device}, which then is no replica that only replication changes.`,
  ],
  mustType: namespaceTitle(namespaceOf(namespace)),
});
