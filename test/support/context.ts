/** What replication works with, for tests: a clock that never waits, a real journal, folders of its own. */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import type { Session } from '../../core/device/session.ts';
import { parseNamespace } from '../../core/names.ts';
import type { Context } from '../../core/replication/context.ts';
import { openJournal } from '../../core/replication/journal/open-journal.ts';
import type { Policy } from '../../core/replication/policy.ts';

/** A clock that stands still until somebody sleeps, or it is moved; give `now` to practice devices too. */
export interface FakeClock extends Clock {
  advance(ms: number): void;
}

/**
 * Makes a {@link FakeClock}. A sleep moves it and ends at once. A sleep of 30 s, as a lease is renewed, waits until others
 * moved the clock so far, looking now and then.
 */
export function fakeClock(start = Date.parse('2026-11-24T12:00:00Z')): FakeClock {
  let time = start;
  return {
    now: () => time,
    advance(ms) {
      time += ms;
    },
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      const end = time + ms;
      if (ms !== 30_000) time = end;
      do {
        await new Promise((resolve) => setTimeout(resolve, ms === 30_000 ? 5 : 0));
        signal?.throwIfAborted();
      } while (time < end);
    },
  };
}

/** A one-way policy from oslo to bergen that keeps archives in a second folder. */
export const policyFor = (namespace: string, folder: string): Policy => ({
  namespace: namespace === '' ? ('' as Policy['namespace']) : parseNamespace(namespace),
  sites: { kind: 'one-way', primary: 'oslo', replicas: ['bergen'] },
  includes: () => true,
  deletions: 'keep',
  maxDeletions: { keys: 10, percent: 1 },
  users: 'operators',
  conflicts: 'stop',
  transfer: 'sealed',
  replication: { mode: 'manual' },
  backups: { directory: join(folder, 'second-place') },
});

/** A context of its own: its journal and archives lie in `<folder>/<controller>`. */
export function contextOf(
  sessions: readonly Session[],
  folder: string,
  over: Partial<Context> & { clock: Clock },
): Context {
  const controller = over.controller ?? 'run@test';
  const own = join(folder, controller);
  mkdirSync(own, { recursive: true });
  return {
    journal: openJournal(join(own, 'journal.sqlite'), over.clock).journal,
    controller,
    session(name) {
      const session = sessions.find((one) => one.name === name);
      if (session === undefined) throw new Error(`no session of ${name}`);
      return session;
    },
    deviceBackups: join(own, 'device-backups'),
    archives: join(own, 'archives'),
    archivePassphrase: async () => 'archive passphrase',
    random: randomBytes,
    ...over,
  };
}
