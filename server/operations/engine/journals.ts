import { existsSync } from 'node:fs';
import { isAgentRunning } from '../../../core/replication/agent/only-one.ts';
import type { Journal } from '../../../core/replication/journal/journal.ts';
import { journalFile, openJournal } from '../../../core/replication/journal/open-journal.ts';

/** The journals of manifests, shared with the command line and the agent on this machine. */
export interface Journals {
  /** The journal of a manifest if there is one; reading makes none. */
  existing(manifestPath: string): Journal | undefined;
  /** The journal of a manifest, made when there is none. */
  open(manifestPath: string): Journal;
  /** Whether an agent on this machine looks after a manifest now. */
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
  return {
    existing(manifestPath) {
      const file = journalFile(stateFolder(), manifestPath);
      return open.get(file) ?? (existsSync(file) ? get(file) : undefined);
    },
    hasAgent: (manifestPath) => isAgentRunning(journalFile(stateFolder(), manifestPath)),
    open: (manifestPath) => get(journalFile(stateFolder(), manifestPath)),
    close() {
      for (const journal of open.values()) journal.close();
      open.clear();
    },
  };
}
