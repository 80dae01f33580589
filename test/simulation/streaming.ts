/** An agent that streams, as `core/replication/agent.ts` has it do, and what is done beside it. */
import { isProblem } from '../../core/problem.ts';
import { makeAgent } from '../../core/replication/agent/agent-parts.ts';
import { createFigures, meterOf } from '../../core/replication/agent/figures.ts';
import type { SyncReport } from '../../core/replication/apply/report.ts';
import type { Policy } from '../../core/replication/policy.ts';
import type { Pass } from '../../core/replication/stream/env.ts';
import { streamNamespaces } from '../../core/replication/stream/stream-namespaces.ts';
import { goBackWithin } from './actors/weather.ts';
import { type Controller, type OpenLife, quit } from './controller.ts';
import { DEVICES } from './devices.ts';
import { choose } from './engine.ts';
import { headsOf } from './judge/heads.ts';
import { judgePass, judgeReport } from './judge/reports.ts';
import { beginRun, type Job, type Play, runOnce } from './simulate.ts';
import { hit, later, note, violate, world } from './world/world.ts';

/** A namespace is streamed until a moment of the world, then the stream is told to stop and comes to its safe end. */
export const streamUntil = (end: number): Job => ({
  name: 'stream',
  run: async (life, play) => {
    const { ctx, who } = life;
    const stop = new AbortController();
    const cancel = later(end - world().now, () => stop.abort());
    const figures = createFigures(ctx.clock.now());
    const agent = makeAgent(ctx, figures, stop.signal, {});
    try {
      await streamNamespaces(agent.ctx, [play.manifest], {
        compare: (policy) => asRun(play, who, () => agent.synchronise(policy), policy),
        meter: (link) => meterOf(figures, link),
        onComparison: (_, why) => {
          hit('stream: another comparison');
          note(`${who} compares everything: ${why}`);
        },
        onPass: (pass) => {
          judgePass(pass);
          note(`${who} carried ${told(pass)}`);
          hit('stream: keys carried');
          agent.goesOn(pass.namespace);
        },
        onFailure: (namespace, error) => {
          if (life.dead) return;
          hear(play, life, error);
          agent.failed(namespace, error);
        },
      });
    } finally {
      cancel();
    }
  },
});

const told = ({ from, to, asked, done, verified }: Pass): string =>
  `${asked} from ${from} to ${to}: ${done} sent, ${verified} read back`;

/** A comparison of a stream is a run of its own, and is judged as one. */
async function asRun(play: Play, who: string, work: () => Promise<SyncReport>, policy: Policy): Promise<SyncReport> {
  const streaming = play.runs.get(who);
  beginRun(play, who, 'sync');
  const before = play.ledger.turn;
  try {
    const report = await work();
    judgeReport(play, report, before, who);
    hit(`stream: compared ${policy.sites.kind}`);
    return report;
  } finally {
    const shown = play.shown.get(who);
    if (streaming !== undefined) play.runs.set(who, { ...streaming, ...(shown && headsOf(shown)) });
  }
}

/** What stops a stream for a while is told, and is a Problem. */
function hear({ said }: Play, { who }: OpenLife, error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  said.push(text);
  note(`${who} streams nothing for a while: ${text}`);
  hit('stream: stopped for a while');
  if (!isProblem(error)) violate('no Problem', error instanceof Error ? (error.stack ?? text) : text);
}

/** A round of a story that streams: an agent all the time, and another process beside it. */
export function streamRound(play: Play): Promise<void>[] {
  const { driver, weather } = world().chance;
  const [first, second] = play.controllers as [Controller, Controller?];
  const ms = driver.pick([90_000, 150_000, 300_000]);
  const end = world().now + ms;
  if (weather.chance(0.5)) goBackWithin(play.weather, play.sites[weather.pick(DEVICES)], ms);
  return [keepStreaming(play, first, end), ...(second === undefined ? [] : [workBeside(play, second, end)])];
}

const pass = (ms: number): Promise<void> => new Promise((resolve) => later(ms, resolve));

const isOver = (end: number): boolean => world().now >= end || world().violations.length > 0;

/** Streams, and begins again after a while when the process died or was stopped: with the manifest as it is then. */
async function keepStreaming(play: Play, controller: Controller, end: number): Promise<void> {
  const { driver } = world().chance;
  while (!isOver(end)) {
    const stop = driver.chance(0.3) ? world().now + driver.pick([20_000, 60_000, 120_000]) : end;
    await runOnce(play, controller, streamUntil(Math.min(stop, end)));
    if (driver.chance(0.5)) quit(controller);
    await pass(driver.pick([1_000, 5_000, 20_000]));
  }
}

/** What an operator has another process do meanwhile. */
async function workBeside(play: Play, controller: Controller, end: number): Promise<void> {
  const { driver } = world().chance;
  while (!isOver(end)) {
    await pass(driver.pick([2_000, 15_000, 50_000]));
    await runOnce(play, controller, choose(play));
  }
}
