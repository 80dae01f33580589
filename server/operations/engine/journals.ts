import { existsSync } from 'node:fs';
import { isProblem } from '../../../core/problem.ts';
import { isAgentRunning } from '../../../core/replication/agent/only-one.ts';
import type { Journal } from '../../../core/replication/journal/journal.ts';
import { journalFile, openJournal } from '../../../core/replication/journal/open-journal.ts';
import type { RolesJournal } from '../../../core/replication/roles/read-roles.ts';

/** The journals of manifests, shared with the command line and the agent on this machine. */
export interface Journals {
  /** The journal of a manifest if there is one that can be read; reading makes none. */
  existing(manifestPath: string): Journal | undefined;
  /** The journal of a manifest, made when there is none. */
  open(manifestPath: string): Journal;
  /** The same, opened when it is first used. */
  lazy(manifestPath: string): Journal;
  /** The same for looking at roles: where it can't be opened, nothing is remembered. */
  forRoles(manifestPath: string): RolesJournal;
  /** Another number once others wrote into the journal of a manifest; undefined while there is none to be read. */
  version(manifestPath: string): number | undefined;
  /** Whether an agent on this machine looks after a manifest now, as far as that can be seen. */
  hasAgent(manifestPath: string): boolean;
  close(): void;
}

export function createJournals(stateFolder: () => string): Journals {
  const open = new Map<string, Journal>();
  const get = (file: string): Journal => {
    const before = open.get(file);
    if (before !== undefined) return before;
    const { journal } = openJournal(file);
    open.set(file, journal);
    return journal;
  };
  const existing = (manifestPath: string): Journal | undefined => {
    const file = journalFile(stateFolder(), manifestPath);
    return open.get(file) ?? (existsSync(file) ? unlessBroken(() => get(file)) : undefined);
  };
  return {
    existing,
    version(manifestPath) {
      try {
        return existing(manifestPath)?.version();
      } catch {
        // The manifest may be gone, or its journal: nobody waits for this answer.
        return undefined;
      }
    },
    hasAgent: (manifestPath) => unlessBroken(() => isAgentRunning(journalFile(stateFolder(), manifestPath))) ?? false,
    open: (manifestPath) => get(journalFile(stateFolder(), manifestPath)),
    lazy: (manifestPath) =>
      new Proxy({} as Journal, {
        get: (_none, name) => Reflect.get(get(journalFile(stateFolder(), manifestPath)), name),
      }),
    forRoles: (manifestPath) => unlessBroken(() => get(journalFile(stateFolder(), manifestPath))) ?? NOTHING_REMEMBERED,
    close() {
      for (const journal of open.values()) journal.close();
      open.clear();
    },
  };
}

const NOTHING_REMEMBERED: RolesJournal = {
  epoch: () => undefined,
  putEpoch: () => {},
  noteReachable: () => {},
  noteUnreachable: () => {},
};

/** Devices are shown without a journal too: one that can't be opened is told of by what needs it. */
function unlessBroken<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (isProblem(error)) return undefined;
    throw error;
  }
}
