import type { Comparison, Due } from './comparison.ts';
import { askFor } from './comparison.ts';
import type { StreamEnv } from './env.ts';
import type { Mailbox } from './mailbox.ts';
import { noteQuiet, type Stretch } from './stretch.ts';
import { takeWithin } from './time-limit.ts';

/** What a namespace is told of its devices. */
export type Letter =
  /** Something changed; it had not happened yet at `since`. */
  | { kind: 'change'; device: string; since: number }
  /** Writes were seen that no listing explains. */
  | { kind: 'suspicious'; device: string; uptime: number | undefined }
  /** The device answers again. */
  | { kind: 'back'; device: string };

/** How often it is looked whether a namespace was paused, in milliseconds. */
export const PAUSE_LOOK = 2_000;

/** What a namespace works with between two comparisons. */
export interface Work {
  env: StreamEnv;
  stretch: Stretch;
  box: Mailbox<Letter>;
  last: Comparison;
  due: Due;
  /** Sources to be looked at, and since when what they may show had not happened yet. */
  pending: Map<string, number>;
}

/** What no listing explains is told to all namespaces of the device. */
export function closeBooks(env: StreamEnv, source: string): void {
  if ((env.device(source).ledger.close() ?? 0) > 0) env.suspect(source);
}

/** Whether another comparison is due, or nothing more may be done. */
export function isOver({ env, stretch, due }: Work): boolean {
  const { clock, journal, signal } = env.ctx;
  return signal.aborted || clock.now() >= due.at || journal.paused(stretch.policy.namespace) !== undefined;
}

/** Does what the letters ask for that are there already: while keys come, nobody waits for them. */
export function readAll(work: Work): void {
  for (const letter of work.box.empty()) read(work, letter);
}

/** Waits for letters until a moment, not for long, and does what they ask for. */
export async function listen(work: Work, until: number): Promise<void> {
  const { clock, signal } = work.env.ctx;
  const wait = Math.min(PAUSE_LOOK, until - clock.now());
  for (const letter of await takeWithin(clock, wait, work.box, signal)) read(work, letter);
  if (work.pending.size === 0 && work.due.reason === 'backstop') noteQuiet(work.env, work.stretch);
}

function read({ stretch, last, due, pending }: Work, letter: Letter): void {
  const { device } = letter;
  if (letter.kind === 'change' && stretch.premises.sources.includes(device)) {
    // What the last listing did not show had not happened when it began.
    const since = Math.max(letter.since, stretch.listedAt.get(device) ?? 0);
    pending.set(device, Math.min(since, pending.get(device) ?? since));
  } else if (letter.kind === 'suspicious') {
    if (letter.uptime !== undefined) due.uptimes.set(device, letter.uptime);
    askFor(due, last, 'unexplained', `something was written on ${device} that no listing shows`);
  } else if (letter.kind === 'back') {
    askFor(due, last, 'keys', `${device} is back`);
  }
}
