import { basename } from 'node:path';
import { namespaceTitle, parseKeyId } from '../../../core/names.ts';
import type { Context } from '../../../core/replication/context.ts';
import { explainPlan } from '../../../core/replication/plan/explain.ts';
import type { Policy } from '../../../core/replication/policy.ts';
import { breakGlass as bringBack } from '../../../core/replication/promote/break-glass.ts';
import { failover as promoteWithout } from '../../../core/replication/promote/failover.ts';
import { rejoin as comeBack } from '../../../core/replication/promote/rejoin.ts';
import type { PromotionReport } from '../../../core/replication/promote/report.ts';
import { switchover as exchange } from '../../../core/replication/promote/switchover.ts';
import { resolveConflict } from '../../../core/replication/resolve.ts';
import { syncNamespace } from '../../../core/replication/sync.ts';
import { verifyArchive } from '../../../core/transfer/backup-namespace.ts';
import { withFilePassphrase } from '../engine/archive-passphrase.ts';
import { namespaceOf, withContext } from '../engine/context.ts';
import type { Engine } from '../engine/engine.ts';
import { makePlan } from '../look/plan.ts';
import type { CommandName, CommandParams, CommandResult } from '../protocol.ts';
import { type Command, tellActivity } from './carry-out.ts';
import { requireSame, requireTyped } from './confirmed.ts';
import { primaryChange } from './manifest-edits.ts';
import { count, plain, promotionResult, simpleResult, syncResult } from './results.ts';
import { requireSealed } from './sealed.ts';

const titleOf = ({ namespace }: { namespace: string }): string => namespaceTitle(namespaceOf(namespace));
type Work = Parameters<Command<CommandName>['run']>[2];

async function inNamespace<T>(
  engine: Engine,
  params: { manifest: string; namespace: string },
  work: Work,
  act: (ctx: Context, policy: Policy) => Promise<T>,
): Promise<T> {
  const saved = await engine.manifests.valid(params.manifest);
  // What changes devices begins with a journal, or not at all.
  engine.journals.open(saved.path);
  // Whatever the manifest allows, no key is imported in this process.
  const sealed = (ctx: Context, policy: Policy): Promise<T> => act(ctx, { ...policy, transfer: 'sealed' });
  return withContext(engine, saved, namespaceOf(params.namespace), work, sealed);
}

export const plan: Command<'plan'> = {
  reason: (params) => `to plan ${titleOf(params)}`,
  changes: false,
  async run(engine, params, work) {
    const saved = await engine.manifests.valid(params.manifest);
    const made = await makePlan(engine, saved, namespaceOf(params.namespace), work);
    const { steps, conflicts, held } = made;
    const title = titleOf(params);
    const summary =
      steps.length === 0
        ? `${title}: nothing to do; ${count(conflicts.length, 'conflict')}, ${count(held.length, 'held change')}.`
        : `${title}: ${count(steps.length, 'step')} to do; ${count(conflicts.length, 'conflict')}, ${count(held.length, 'held change')}.`;
    const result = simpleResult(steps.length === 0 ? 'nothing-to-do' : 'done', summary);
    return {
      ...result,
      details: explainPlan(made)
        .map((line) => `- ${plain(line.trim())}`)
        .join('\n'),
    };
  },
};

export const synchronise: Command<'synchronise'> = {
  reason: (params) => `to synchronise ${titleOf(params)}`,
  changes: true,
  async run(engine, params, work) {
    requireSealed(await engine.manifests.valid(params.manifest), namespaceOf(params.namespace));
    if (params.premise !== undefined)
      await requireSame(engine, { command: 'synchronise', params }, params.premise, work);
    return syncResult(await inNamespace(engine, params, work, syncNamespace));
  },
};

export const resolve: Command<'resolve'> = {
  reason: ({ conflict }) => `to decide on ${conflict}`,
  changes: true,
  async run(engine, params, work) {
    const { conflict, keep } = params;
    requireSealed(await engine.manifests.valid(params.manifest), namespaceOf(params.namespace));
    const id = conflict.startsWith('user ') ? conflict : parseKeyId(conflict);
    return syncResult(
      await inNamespace(engine, params, work, (ctx, policy) => resolveConflict(ctx, policy, { id, keep })),
    );
  },
};

/** A change of roles, with the change of the manifest that goes with it. */
async function promote(
  engine: Engine,
  params: CommandParams['switchover'],
  work: Work,
  what: string,
  act: (ctx: Context, policy: Policy) => Promise<PromotionReport>,
): Promise<CommandResult> {
  const saved = await engine.manifests.valid(params.manifest);
  const report = await inNamespace(engine, params, work, act);
  const edit = primaryChange(saved, params.namespace, report.primary);
  return { ...promotionResult(what, report), ...(edit && { edit }) };
}

export const switchover: Command<'switchover'> = {
  reason: ({ device }) => `to make ${device} the primary`,
  changes: true,
  async run(engine, params, work) {
    if (params.premise !== undefined)
      await requireSame(engine, { command: 'switchover', params }, params.premise, work);
    return promote(engine, params, work, 'Switched over', (ctx, policy) => exchange(ctx, policy, params.device));
  },
};

export const failover: Command<'failover'> = {
  reason: ({ device }) => `to promote ${device} without its primary`,
  changes: true,
  async run(engine, params, work) {
    const { device, acceptLoss } = params;
    await requireTyped(engine, { command: 'failover', params }, titleOf(params), work);
    return promote(engine, params, work, 'Failed over', (ctx, policy) =>
      promoteWithout(ctx, policy, device, { acceptLoss }),
    );
  },
};

export const rejoin: Command<'rejoin'> = {
  reason: ({ device }) => `to let ${device} join again`,
  changes: true,
  async run(engine, params, work) {
    if (params.premise !== undefined) await requireSame(engine, { command: 'rejoin', params }, params.premise, work);
    const report = await inNamespace(engine, params, work, (ctx, policy) => comeBack(ctx, policy, params.device));
    return promotionResult(`${params.device} is a replica again`, report);
  },
};

export const breakGlass: Command<'breakGlass'> = {
  reason: ({ device }) => `to bring the keepers back on ${device}`,
  changes: true,
  async run(engine, params, work) {
    const { device, file } = params;
    await requireTyped(engine, { command: 'breakGlass', params }, titleOf(params), work);
    const saved = await engine.manifests.valid(params.manifest);
    const report = await withFilePassphrase(engine, saved, { title: basename(file), device }, async (passphrase) => {
      await verifyArchive(file, passphrase, work);
      return inNamespace(engine, params, work, (ctx, policy) =>
        bringBack({ ...ctx, archivePassphrase: async () => passphrase }, policy, device, file),
      );
    });
    return promotionResult('The keepers are back', report);
  },
};

export const pause: Command<'pause'> = {
  reason: (params) => `to pause ${titleOf(params)}`,
  changes: false,
  async run(engine, params) {
    const saved = await engine.manifests.valid(params.manifest);
    engine.journals.open(saved.path).pause(namespaceOf(params.namespace), engine.controller, engine.now());
    const result = simpleResult('done', `${titleOf(params)} is paused: nothing is synchronised until it is resumed.`);
    return tellActivity(engine, saved, { kind: 'pause', namespace: params.namespace }, result);
  },
};

export const resume: Command<'resume'> = {
  reason: (params) => `to resume ${titleOf(params)}`,
  changes: false,
  async run(engine, params) {
    const saved = await engine.manifests.valid(params.manifest);
    engine.journals.open(saved.path).resume(namespaceOf(params.namespace));
    const result = simpleResult('done', `${titleOf(params)} is resumed.`);
    return tellActivity(engine, saved, { kind: 'resume', namespace: params.namespace }, result);
  },
};
