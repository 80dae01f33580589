import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { Problem, type ProblemKind } from '../../problem.ts';

/** How long a call waits, in milliseconds, while another process writes. */
const BUSY_MS = 10_000;

export type Value = SQLInputValue;
export type Row = Record<string, unknown>;

/** A statement that was compiled once; what goes wrong is a {@link Problem}. */
export interface Statement {
  run(...values: Value[]): { changes: number; rowid: number };
  get(...values: Value[]): Row | undefined;
  all(...values: Value[]): Row[];
}

/** A database file of ours. */
export interface Database {
  readonly file: string;
  exec(sql: string): void;
  prepare(sql: string): Statement;
  /** All of the work or nothing of it. It takes the right to write at once, so it never fails half-way for a busy file. */
  transaction<T>(work: () => T): T;
  close(): void;
}

/**
 * Opens a database file, made if it is not there, without looking into it. Throws a Problem: `unreadable` where it may not
 * be read or written, `damaged` for what is no database, `busy` while another process writes for long.
 */
export function openDatabase(file: string): Database {
  const guard = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw problemOf(file, error);
    }
  };
  const { DatabaseSync } = loadSqlite(file);
  const db: DatabaseSync = guard(() => new DatabaseSync(file));
  const exec = (sql: string): void => guard(() => db.exec(sql));
  exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
  return {
    file,
    exec,
    prepare(sql) {
      const statement = guard(() => db.prepare(sql));
      return {
        run: (...values) =>
          guard(() => {
            const { changes, lastInsertRowid } = statement.run(...values);
            return { changes: Number(changes), rowid: Number(lastInsertRowid) };
          }),
        get: (...values) => guard(() => statement.get(...values)),
        all: (...values) => guard(() => statement.all(...values)),
      };
    },
    transaction(work) {
      exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        exec('COMMIT');
        return result;
      } catch (error) {
        // A full disk may have rolled it back already.
        if (db.isTransaction) exec('ROLLBACK');
        throw error;
      }
    },
    close() {
      if (db.isOpen) db.close();
    },
  };
}

/** Loaded when it is needed only: it takes time, and older releases of Node warn of it as an experiment. */
function loadSqlite(file: string): typeof import('node:sqlite') {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    const sqlite = process.getBuiltinModule('node:sqlite');
    if (sqlite !== undefined) return sqlite;
  } finally {
    process.emitWarning = emitWarning;
  }
  throw new Problem({
    kind: 'unreadable',
    place: file,
    cause: 'this Node.js has no SQLite',
    remedy: 'Use Node.js 22.19 or later',
  });
}

/** By the primary result codes of SQLite. */
const CODES: Readonly<Record<number, readonly [ProblemKind, cause: string, remedy: string]>> = {
  3: ['unreadable', 'access denied', 'Check who owns it and who may read and write it and its folder'],
  5: ['busy', 'another process has been writing to it for long', 'Run the same command again later'],
  8: ['unreadable', 'it can not be written', 'Check who may write it and its folder, or choose another with --state'],
  10: ['unexpected', 'the disk failed while it was read or written', 'Look into the log of the system'],
  11: [
    'damaged',
    'it is damaged',
    'Run the same command again: a damaged journal is put aside, at no other loss than time',
  ],
  13: ['unexpected', 'no space is left on the disk', 'Make room and run the same command again'],
  14: ['unreadable', 'it can not be opened', 'Check who may write it and its folder, or choose another with --state'],
  26: ['damaged', 'it is no journal', 'Run the same command again: what is no journal is put aside'],
};

/** SQLite's own texts may quote values, so only its codes are passed on. */
function problemOf(file: string, error: unknown): unknown {
  if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) return error;
  const code = error.errcode & 0xff;
  const [kind, cause, remedy] = CODES[code] ?? ['unexpected', `SQLite said ${code}`, 'Please report this line'];
  return new Problem({ kind, place: file, cause, remedy });
}
