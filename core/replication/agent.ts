import { namespaceTitle } from '../names.ts';
import { type Agent, type AgentHooks, makeAgent, tellAnyway } from './agent/agent-parts.ts';
import { type Figures, figuresOf, keepOnly, meterOf } from './agent/figures.ts';
import { follow, type Job } from './agent/job.ts';
import { createSummary } from './agent/summary.ts';
import type { Context } from './context.ts';
import { requireEnded } from './ended.ts';
import type { Policy } from './policy.ts';
import { backupOnSchedule } from './schedule/backup-on-schedule.ts';
import { streamNamespaces } from './stream/stream-namespaces.ts';

/** What an agent looks after. */
export interface AgentWork extends AgentHooks {
  policies: readonly Policy[];
  /** Where it counts, for whoever watches it. */
  figures: Figures;
}

/**
 * Looks after all namespaces of a manifest until the signal fires: streams, schedules, backups. No two runs of one namespace
 * overlap, and few namespaces are compared at once. Whatever stops one namespace or site is told and tried again; it never
 * stops the others. The context's controller is a name that nobody else has: leases of that name are our own. Resolves once everything under way has come to a safe end: what is on its way to a device is finished.
 */
export async function runAgent(context: Context, work: AgentWork, signal: AbortSignal): Promise<void> {
  const { policies, figures } = work;
  keepOnly(figures, policies);
  for (const { namespace } of policies) figuresOf(figures, namespace);
  const agent = makeAgent(context, figures, signal, work);
  const streamed = policies.filter(({ replication }) => replication.mode === 'streaming');
  tellAnyway(agent, { kind: 'start', level: 'info', text: `the agent looks after ${titles(policies)}` });
  await Promise.all([
    beat(agent),
    streamed.length === 0 ? undefined : stream(agent, streamed),
    ...jobsOf(agent, policies).map((job) => follow(agent, job)),
  ]);
  tellAnyway(agent, { kind: 'stop', level: 'info', text: 'the agent has stopped' });
}

const titles = (policies: readonly Policy[]): string =>
  policies.map(({ namespace, replication }) => `${namespaceTitle(namespace)} (${replication.mode})`).join(', ');

/** Shows that the process is not stuck. */
async function beat({ ctx, figures }: Agent): Promise<void> {
  while (!ctx.signal.aborted) {
    figures.aliveAt = ctx.clock.now();
    await ctx.clock.sleep(1_000, ctx.signal).catch(() => {});
  }
}

async function stream(agent: Agent, policies: readonly Policy[]): Promise<void> {
  const { ctx, figures } = agent;
  const summary = createSummary(ctx);
  await streamNamespaces(ctx, policies, {
    compare: (policy) => agent.synchronise(policy),
    meter: (link) => meterOf(figures, link),
    onFailure: agent.failed,
    onComparison: (namespace, why) =>
      tellAnyway(agent, { namespace, kind: 'compare', level: 'info', text: `everything is compared: ${why}` }),
    onPass(pass) {
      const own = figuresOf(figures, pass.namespace);
      own.keysMoved += pass.verified;
      if (pass.verified === pass.asked) own.lastSuccessAt = ctx.clock.now();
      agent.goesOn(pass.namespace);
      summary.add(pass);
    },
  });
  summary.tellAll();
}

function jobsOf(agent: Agent, policies: readonly Policy[]): Job[] {
  const { ctx, figures } = agent;
  return policies.flatMap((policy): Job[] => {
    const { namespace, replication, backups } = policy;
    const jobs: Job[] = [];
    if (replication.mode === 'scheduled' && replication.schedule !== undefined) {
      const { schedule, timeZone } = replication;
      const when = { schedule, ...(timeZone !== undefined && { timeZone }) };
      const run = async (): Promise<void> => requireEnded(policy, await agent.synchronise(policy));
      jobs.push({ policy, name: `sync ${namespace}`, ...when, run });
    }
    if (backups?.schedule !== undefined) {
      const { schedule, timeZone } = backups;
      const when = { schedule, ...(timeZone !== undefined && { timeZone }) };
      const run = async (): Promise<void> => {
        await agent.inTurn(policy, () => backupOnSchedule(ctx, policy));
        figuresOf(figures, namespace).lastBackupAt = ctx.clock.now();
        agent.goesOn(namespace);
      };
      jobs.push({ policy, name: `backup ${namespace}`, ...when, run });
    }
    return jobs;
  });
}
