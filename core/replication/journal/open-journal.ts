import { createHash } from 'node:crypto';
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, realpathSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Clock, systemClock } from '../../clock.ts';
import { isProblem, Problem } from '../../problem.ts';
import { basesTable } from './bases.ts';
import { historyTables } from './history.ts';
import type { Journal } from './journal.ts';
import { linksTable } from './links.ts';
import { observedTables } from './observed.ts';
import { prepareSchema, type Unfit } from './schema.ts';
import { type Database, openDatabase } from './sqlite.ts';
import { workTables } from './work.ts';

/** Where the journal of a manifest lies, by the manifest's real path: a link to it, or another name, has the same. */
export function journalFile(stateFolder: string, manifestPath: string): string {
  const name = createHash('sha256').update(realpathSync(manifestPath)).digest('hex').slice(0, 16);
  return join(stateFolder, 'journals', `${name}.sqlite`);
}

/**
 * Opens a journal, made with its folder if it is not there, for its owner only. Other processes may have it open too.
 * A file that is damaged, not ours or of a later version is put aside under another name, never deleted, and a new
 * journal begun; the warning says so. Throws a Problem where the file can't be read or written.
 */
export function openJournal(file: string, clock: Clock = systemClock): { journal: Journal; warning?: string } {
  makeFile(file);
  const first = open(file);
  if (typeof first !== 'string') return { journal: journalOn(first) };
  const aside = putAside(file, first, clock);
  makeFile(file);
  const second = open(file);
  if (typeof second === 'string') throw unfit(file, second);
  const warning = `The journal ${file} is ${WORDS[first]}. It was put aside as ${aside}, and a new one was begun: the next run compares everything anew and deletes nothing.`;
  return { journal: journalOn(second), warning };
}

const WORDS: Readonly<Record<Unfit, string>> = {
  damaged: 'damaged',
  foreign: 'no journal of this program',
  newer: 'of a later release of this program',
};

/** Made before SQLite opens it: its mode is also that of the files which SQLite puts beside it. */
function makeFile(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    closeSync(openSync(file, 'a', 0o600));
    chmodSync(file, 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Problem(
      {
        kind: 'unreadable',
        place: file,
        cause: `the journal can not be written (${code})`,
        remedy:
          code === 'ENOSPC'
            ? 'Make room on the disk and run the same command again'
            : 'Check who may write it and its folder, or choose another with --state',
      },
      { cause: error },
    );
  }
}

function open(file: string): Database | Unfit {
  let db: Database | undefined;
  try {
    db = openDatabase(file);
    const why = prepareSchema(db);
    if (why === undefined) return db;
    db.close();
    return why;
  } catch (error) {
    db?.close();
    if (isProblem(error, 'damaged')) return 'damaged';
    throw error;
  }
}

/** What SQLite keeps beside a file goes with it: it belongs to that file alone. */
function putAside(file: string, why: Unfit, clock: Clock): string {
  const stamp = new Date(clock.now()).toISOString().replaceAll(/[:.]/g, '-');
  const wanted = `${file}.${why}-${stamp}`;
  let aside = wanted;
  for (let n = 2; existsSync(aside); n++) aside = `${wanted}-${n}`;
  renameSync(file, aside);
  for (const part of ['-wal', '-shm']) if (existsSync(file + part)) renameSync(file + part, aside + part);
  return aside;
}

const unfit = (file: string, why: Unfit): Problem =>
  new Problem({
    kind: 'damaged',
    place: file,
    cause: `the journal is ${WORDS[why]}, again after it was begun anew`,
    remedy: 'Check the disk',
  });

function journalOn(db: Database): Journal {
  const links = linksTable(db);
  const version = db.prepare('PRAGMA data_version');
  return {
    file: db.file,
    version: () => version.get()?.data_version as number,
    ...basesTable(db, links),
    ...observedTables(db),
    ...workTables(db),
    ...historyTables(db, links),
    close: db.close,
  };
}
