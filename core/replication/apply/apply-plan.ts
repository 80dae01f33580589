import { isProblem } from '../../problem.ts';
import type { Context } from '../context.ts';
import type { ObservedLink } from '../observe/observe-link.ts';
import { explainStep } from '../plan/explain.ts';
import type { NamespacePlan, Step } from '../plan/plan.ts';
import type { Policy } from '../policy.ts';
import { under, withLease } from '../roles/lease.ts';
import type { HeldLease } from '../roles/lease-record.ts';
import { tell } from '../tell.ts';
import { observedStates } from './as-observed.ts';
import { carryUsers } from './carry-users.ts';
import { commitBases, isWorthTelling } from './commit.ts';
import { createKeys } from './create.ts';
import { checkPremises } from './premises.ts';
import { clearStandIns, deleteKeys, replaceKeys } from './remove.ts';
import { addStep, askedOf, emptySync, type StepFigures, type StepOutcome, type SyncReport } from './report.ts';
import { bringRecord, establishRoles, lockStep } from './role-steps.ts';
import { mustStop, type Run } from './run.ts';
import { sourceValues } from './source-values.ts';
import { updateKeys } from './update.ts';

/**
 * Carries a plan out: under the lease of every device of its links, step by step, each opened in the journal before its
 * first request and closed after its read-back. Stops at the first sign that a device is not as it should be, and keeps
 * what was done. What was observed goes into the journal at the end, where it is given.
 */
export async function applyPlan(
  ctx: Context,
  policy: Policy,
  plan: NamespacePlan,
  observations: readonly ObservedLink[] = [],
): Promise<SyncReport> {
  const isIdle =
    plan.steps.length === 0 && !observations.some((observed) => isWorthTelling(policy, observed, plan.extra));
  if (isIdle) {
    closeOld(ctx, plan);
    return emptySync(plan);
  }
  const devices = new Set([
    ...plan.steps.map(({ device }) => device),
    ...observations.flatMap(({ link: { left, right } }) => [left, right]),
  ]);
  const sessions = [...devices].map((device) => ctx.session(device));
  return withLease(ctx, sessions, policy, (lease) => applyUnder(lease, ctx, policy, plan, observations));
}

async function applyUnder(
  lease: HeldLease,
  ctx: Context,
  policy: Policy,
  plan: NamespacePlan,
  observations: readonly ObservedLink[],
): Promise<SyncReport> {
  const report = emptySync(plan);
  const leased = under(ctx, lease);
  const premises = { ...plan.premises };
  const run: Run = {
    ctx: leased,
    policy,
    plan,
    premises,
    values: sourceValues(leased, plan),
    observed: observedStates(observations),
    learnt: [],
    check: async () => {
      await lease.requireHeld();
      await checkPremises(leased, policy, premises);
    },
  };
  await runSteps(run, report);
  if (report.stopped !== undefined) return report;
  await run.check();
  await commitBases(leased, policy, observations, run.learnt, plan.extra);
  closeOld(ctx, plan);
  return report;
}

/** What an earlier run began and did not end was looked at with everything else: it is done, or planned anew. */
function closeOld({ journal }: Context, { namespace }: NamespacePlan): void {
  for (const { step, kind } of journal.openSteps(namespace)) if (kind in STEPS) journal.closeStep(step);
}

const STEPS: { readonly [K in Step['kind']]: (run: Run, step: Extract<Step, { kind: K }>) => Promise<StepOutcome> } = {
  establish: establishRoles,
  record: bringRecord,
  lock: lockStep,
  create: createKeys,
  update: updateKeys,
  replace: replaceKeys,
  delete: deleteKeys,
  users: carryUsers,
  'clear-stand-ins': clearStandIns,
};

async function runSteps(run: Run, report: SyncReport): Promise<void> {
  for (const step of run.plan.steps) {
    const why = whyWait(step, report);
    const figures = why === undefined ? await runStep(run, step, report) : unmade(step, why);
    addStep(report, step, figures);
    tellStep(run, step, figures);
    if (report.stopped !== undefined) return;
  }
}

const unmade = (step: Step, problem: string): StepFigures => ({ asked: askedOf(step), done: 0, verified: 0, problem });

/** Without its record a device takes nothing; a key that moved goes only when it is there under its new id. */
function whyWait(step: Step, { steps }: SyncReport): string | undefined {
  const failed = steps.filter(({ asked, verified }) => verified < asked);
  const isRole = ({ kind }: Step): boolean => kind === 'establish' || kind === 'record';
  if (failed.some((one) => one.kind === 'establish' || (isRole(one) && one.device === step.device))) {
    return 'it waits for the role record';
  }
  const isMove = step.kind === 'delete' && failed.some((one) => one.kind === 'create' && one.device === step.device);
  return isMove ? 'it waits for the new keys, under whose ids these may live on' : undefined;
}

async function runStep(run: Run, step: Step, report: SyncReport): Promise<StepFigures> {
  const { namespace, kind, device } = step;
  const { journal, clock } = run.ctx;
  let opened: number | undefined;
  let figures: StepFigures;
  try {
    await run.check();
    opened = journal.openStep({ namespace, kind, device, detail: detailOf(step), at: clock.now() });
    const carryOut = STEPS[kind] as (run: Run, step: Step) => Promise<StepOutcome>;
    const { stops, ...rest } = await carryOut(run, step);
    figures = rest;
    if (stops) report.stopped = rest.problem ?? 'it ended early';
  } catch (error) {
    if (!isProblem(error)) throw error;
    figures = unmade(step, error.message);
    if (mustStop(error)) report.stopped = error.message;
  }
  if (opened !== undefined) journal.closeStep(opened);
  return figures;
}

/** So many ids of a step are kept while it is open: a failover names them as perhaps missing. */
const IDS_TOLD = 100;

/** What a step is about, as far as a person wants to know who finds it open. */
function detailOf(step: Step): unknown {
  if ('ids' in step) {
    return { ...('from' in step && { from: step.from }), keys: step.ids.length, ids: step.ids.slice(0, IDS_TOLD) };
  }
  return step.kind === 'users' ? { from: step.from, users: askedOf(step) } : {};
}

function tellStep({ ctx }: Run, step: Step, { asked, done, verified, problem }: StepFigures): void {
  const { namespace, device } = step;
  const isDone = problem === undefined && verified === asked;
  const words = isDone ? 'verified' : `${verified} of ${asked} verified`;
  const text = `${explainStep(step)}; ${words}${problem === undefined ? '' : `; ${problem}`}`;
  const level = isDone ? 'info' : 'warning';
  tell(ctx, { namespace, device, kind: 'sync', level, text, asked, done, verified });
}
