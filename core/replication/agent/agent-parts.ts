import { asProblem } from '../../as-problem.ts';
import type { Namespace } from '../../names.ts';
import type { Problem } from '../../problem.ts';
import { restingIn } from '../apply/report.ts';
import type { Context } from '../context.ts';
import { type Policy, sourcesOf } from '../policy.ts';
import { linksOf, type SyncReport, syncNamespace } from '../sync.ts';
import { tell } from '../tell.ts';
import { type Figures, figuresOf, meterOf } from './figures.ts';
import { createGate, createTurns } from './gate.ts';
import { giveBackOwnLeases } from './own-leases.ts';
import { quieted } from './quiet.ts';

/** So many namespaces are compared or backed up at once: each reads whole stores. */
const AT_ONCE = 4;

/** What the loops of an agent share. */
export interface Agent {
  ctx: Context & { signal: AbortSignal };
  figures: Figures;
  /** Compares and applies, in its turn; what comes of it is counted. Throws where no primary can be worked with. */
  synchronise(policy: Policy): Promise<SyncReport>;
  /** Other work that reads whole stores, in the turn of its namespace. */
  inTurn<T>(policy: Policy, work: () => Promise<T>): Promise<T>;
  /** Something stopped a namespace. It is counted, told, and goes on later. */
  failed(namespace: Namespace, error: unknown): void;
  /** A namespace does its work again. */
  goesOn(namespace: Namespace): void;
}

/** What whoever runs an agent may want to know at once. */
export interface AgentHooks {
  /** A namespace was stopped by this; wrong passphrases, say, end only with new ones. */
  onProblem?: (problem: Problem) => void;
}

/** The shared parts of an agent whose work ends with the signal. */
export function makeAgent(context: Context, figures: Figures, signal: AbortSignal, hooks: AgentHooks): Agent {
  const { clock, onActivity } = context;
  const ctx = { ...context, signal, ...(onActivity && { onActivity: quieted(clock, onActivity) }) };
  const gate = createGate(AT_ONCE);
  const turns = createTurns<Namespace>();
  const inTurn: Agent['inTurn'] = ({ namespace }, work) =>
    turns(namespace, () =>
      gate(async () => {
        signal.throwIfAborted();
        return work();
      }),
    );
  const told = (namespace: Namespace, problem: Problem): void => {
    const { kind, message: text } = problem;
    const { errors } = figuresOf(figures, namespace);
    errors.set(kind, (errors.get(kind) ?? 0) + 1);
    tellAnyway(agent, { namespace, kind, level: kind === 'busy' ? 'warning' : 'error', text });
    hooks.onProblem?.(problem);
  };
  const agent: Agent = {
    ctx,
    figures,
    inTurn,
    synchronise: (policy) =>
      inTurn(policy, async () => {
        await giveBackOwnLeases(ctx, policy);
        const report = await syncNamespace(ctx, policy);
        figuresOf(figures, policy.namespace).resting = restingIn(report);
        requireSource(policy, report);
        for (const { problem } of report.leftOut) told(policy.namespace, problem);
        return counted(agent, policy, report);
      }),
    failed(namespace, error) {
      const problem = asProblem(error);
      const own = figuresOf(figures, namespace);
      own.runs.failed += 1;
      own.lastRunAt = clock.now();
      own.problem = problem.message;
      told(namespace, problem);
    },
    goesOn(namespace) {
      const own = figuresOf(figures, namespace);
      figures.aliveAt = clock.now();
      if (own.problem === undefined) return;
      own.problem = undefined;
      tellAnyway(agent, { namespace, kind: 'goes-on', level: 'info', text: 'it goes on' });
    },
  };
  return agent;
}

/** Where nobody can be copied from, what keeps us from it is the failure of the run: nothing was compared. */
function requireSource(policy: Policy, { leftOut }: SyncReport): void {
  const away = sourcesOf(policy).map((source) => leftOut.find(({ device }) => device === source)?.problem);
  if (away[0] !== undefined && away.every((problem) => problem !== undefined)) throw away[0];
}

/** A journal that can't be written (a full disk) must not keep anybody from hearing of it. */
export function tellAnyway({ ctx }: Agent, what: Parameters<typeof tell>[1]): void {
  try {
    tell(ctx, what);
  } catch {
    ctx.onActivity?.({ at: ctx.clock.now(), by: ctx.controller, ...what });
  }
}

function counted(agent: Agent, policy: Policy, report: SyncReport): SyncReport {
  const { figures, ctx } = agent;
  const own = figuresOf(figures, policy.namespace);
  const now = ctx.clock.now();
  own.lastRunAt = now;
  own.keysMoved += keysOf(report);
  own.conflicts = report.conflicts.length;
  own.held = report.held.reduce((sum, { ids }) => sum + ids.length, 0);
  own.alarms = report.alarms.length;
  if (report.stopped === undefined) {
    own.runs.ok += 1;
    own.lastSuccessAt = now;
    for (const link of linksOf(policy)) {
      const meter = meterOf(figures, link);
      const at = ctx.journal.lastRun(link)?.inSyncAt;
      if (at !== undefined && at > (meter.inSyncAt ?? 0)) Object.assign(meter, { inSyncAt: at, waiting: undefined });
    }
    agent.goesOn(policy.namespace);
  }
  return report;
}

const KEY_STEPS = new Set(['create', 'update', 'delete', 'replace']);

const keysOf = ({ steps }: SyncReport): number =>
  steps.filter(({ kind }) => KEY_STEPS.has(kind)).reduce((sum, { verified }) => sum + verified, 0);
