import type { Policy } from '../policy.ts';
import { followSchedule, type Schedule } from '../schedule/follow-schedule.ts';
import { rest } from '../stream/time-limit.ts';
import type { Agent } from './agent-parts.ts';

/** How often it is looked whether a namespace is paused still, in milliseconds. */
const PAUSE_LOOK = 2_000;

/** Work of a namespace that comes again and again. */
export interface Job extends Schedule {
  policy: Policy;
  run(): Promise<void>;
}

/** Runs a job by its schedule until the agent stops. While its namespace is paused it waits. */
export function follow(agent: Agent, job: Job): Promise<void> {
  const { ctx } = agent;
  const { namespace } = job.policy;
  const work = async (): Promise<void> => {
    while (ctx.journal.paused(namespace) !== undefined && !ctx.signal.aborted) {
      await rest(ctx.clock, PAUSE_LOOK, ctx.signal);
    }
    ctx.signal.throwIfAborted();
    await job.run();
  };
  return followSchedule(ctx, job, work, (error) => agent.failed(namespace, error));
}
