import type { Context } from '../context.ts';
import type { Pass } from '../stream/env.ts';
import { tell } from '../tell.ts';

/** A busy stream is told of this often, in milliseconds. */
const EVERY = 10_000;

/** Gathers the deliveries of a stream into one activity for each way, every ten seconds. */
export function createSummary(ctx: Context): { add(pass: Pass): void; tellAll(): void } {
  const ways = new Map<
    string,
    { first: Pass; since: number; asked: number; done: number; verified: number; worst: number }
  >();
  const tellOne = (key: string): void => {
    const way = ways.get(key);
    ways.delete(key);
    if (way === undefined) return;
    const { first, asked, done, verified, worst } = way;
    const keys = verified === 1 ? '1 key' : `${verified} keys`;
    const text = `${keys} from ${first.from} arrived on ${first.to}, after ${(worst / 1000).toFixed(1)} s at most`;
    const { namespace, to: device } = first;
    tell(ctx, {
      namespace,
      device,
      kind: 'stream',
      level: verified < asked ? 'warning' : 'info',
      text,
      asked,
      done,
      verified,
    });
  };
  return {
    add(pass) {
      const key = JSON.stringify([pass.namespace, pass.from, pass.to]);
      const now = ctx.clock.now();
      const way = ways.get(key) ?? { first: pass, since: now, asked: 0, done: 0, verified: 0, worst: 0 };
      way.asked += pass.asked;
      way.done += pass.done;
      way.verified += pass.verified;
      way.worst = Math.max(way.worst, pass.lag);
      ways.set(key, way);
      if (now - way.since >= EVERY) tellOne(key);
    },
    tellAll() {
      for (const key of ways.keys()) tellOne(key);
    },
  };
}
