import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { isProblem, Problem } from '../../problem.ts';
import { openDatabase } from '../journal/sqlite.ts';

/**
 * Makes this process the only agent that works with a journal, until it ends in whatever way or the returned function is
 * called. The lock is that of a database file beside the journal: the system drops it with the process. Throws a Problem
 * `busy` when another agent has it.
 */
export function beTheOnlyOne(journalFile: string): () => void {
  const file = `${journalFile}.agent`;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'a', 0o600));
  const db = openDatabase(file);
  try {
    db.exec('PRAGMA busy_timeout = 0');
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (!isProblem(error, 'busy')) throw error;
    throw new Problem({
      kind: 'busy',
      place: file,
      cause: 'another agent runs with this manifest and this state folder',
      remedy: 'Stop it first, or give this one a state folder of its own (--state)',
    });
  }
  return () => db.close();
}

/** Whether an agent works with a journal on this machine now. Asks no more than a look at its lock takes. */
export function isAgentRunning(journalFile: string): boolean {
  const file = `${journalFile}.agent`;
  if (!existsSync(file)) return false;
  const db = openDatabase(file);
  try {
    db.exec('PRAGMA busy_timeout = 0');
    db.exec('SELECT count(*) FROM sqlite_master');
    return false;
  } catch (error) {
    if (isProblem(error, 'busy')) return true;
    throw error;
  } finally {
    db.close();
  }
}
