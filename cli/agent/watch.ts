import { namespaceTitle } from '../../core/names.ts';
import type { Figures } from '../../core/replication/agent/figures.ts';
import type { Context } from '../../core/replication/context.ts';
import type { Policy } from '../../core/replication/policy.ts';

/** What the endpoints look at. */
export interface Watch {
  figures: Figures;
  /** The agent that runs now; undefined while it starts, or starts anew with another manifest. */
  current: { ctx: Pick<Context, 'journal' | 'clock'>; policies: readonly Policy[] } | undefined;
  version: string;
}

/** An agent that moved nothing for so long is stuck, in milliseconds. */
const STUCK = 60_000;

/** Whether the process works at all. */
export const isAlive = ({ figures }: Watch, now: number): boolean => now - figures.aliveAt < STUCK;

/** What rests until a person mends it, a line each. */
export const restingLines = ({ figures, current }: Watch): string[] =>
  (current?.policies ?? []).flatMap(({ namespace }) =>
    (figures.namespaces.get(namespace)?.resting ?? []).map(
      (device) => `${namespaceTitle(namespace)}: ${device} rests, its passphrase or address has to be mended\n`,
    ),
  );

/** Whether every namespace that has work to do was looked at once, whatever came of it. */
export function isReady({ figures, current }: Watch): boolean {
  if (current === undefined) return false;
  return current.policies.every(
    ({ namespace, replication }) =>
      replication.mode !== 'streaming' ||
      figures.namespaces.get(namespace)?.lastRunAt !== undefined ||
      current.ctx.journal.paused(namespace) !== undefined,
  );
}
