import type { Database } from './sqlite.ts';

/** "NHRJ" in the header of the file: tells our journals from other SQLite files. */
const APPLICATION = 0x4e48524a;
/** Raised with every change of the tables; a file of a later version is not touched. */
const VERSION = 1;

/**
 * Digests are bytes, and the columns of a link stand once in a table of their own, so that a million bases take some
 * 90 MB. `right` is missing where it is the same as `left`.
 */
const TABLES = `
  CREATE TABLE link (link INTEGER PRIMARY KEY, namespace TEXT NOT NULL, "left" TEXT NOT NULL, "right" TEXT NOT NULL,
    UNIQUE (namespace, "left", "right")) STRICT;
  CREATE TABLE base (link INTEGER NOT NULL, id TEXT NOT NULL, facts BLOB NOT NULL, material BLOB,
    "left" BLOB NOT NULL, "right" BLOB, leftOperations INTEGER NOT NULL, rightOperations INTEGER NOT NULL,
    leftGeneration INTEGER NOT NULL, rightGeneration INTEGER NOT NULL, PRIMARY KEY (link, id)) STRICT, WITHOUT ROWID;
  CREATE TABLE seen (namespace TEXT NOT NULL, device TEXT NOT NULL, seen TEXT NOT NULL,
    PRIMARY KEY (namespace, device)) STRICT, WITHOUT ROWID;
  CREATE TABLE epoch (namespace TEXT PRIMARY KEY, epoch INTEGER NOT NULL, nonce TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE unreachable (device TEXT PRIMARY KEY, at INTEGER NOT NULL, lastTried INTEGER NOT NULL,
    reason TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE step (step INTEGER PRIMARY KEY AUTOINCREMENT, namespace TEXT NOT NULL, kind TEXT NOT NULL,
    device TEXT NOT NULL, detail TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
  CREATE TABLE archived (entry INTEGER PRIMARY KEY, namespace TEXT NOT NULL, device TEXT NOT NULL, id TEXT NOT NULL,
    at INTEGER NOT NULL, domain TEXT NOT NULL, reason TEXT NOT NULL, value BLOB NOT NULL) STRICT;
  CREATE INDEX archivedBy ON archived (namespace, device, id, at);
  CREATE TABLE run (link INTEGER PRIMARY KEY, run TEXT NOT NULL) STRICT;
  CREATE TABLE done (schedule TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE paused (namespace TEXT PRIMARY KEY, at INTEGER NOT NULL, "by" TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE activity (entry INTEGER PRIMARY KEY AUTOINCREMENT, namespace TEXT, activity TEXT NOT NULL) STRICT;
`;

/** Why a file can't be our journal, in one word; the first is also thrown as a Problem `damaged` by what reads it. */
export type Unfit = 'damaged' | 'foreign' | 'newer';

/** Makes a database our journal if it is new; says why it can not be one. Throws Problems of the database. */
export function prepareSchema(db: Database): Unfit | undefined {
  // The mode first: it can not be changed within a transaction. On a foreign file nothing is changed.
  const before = judge(db);
  if (before !== 'ours' && before !== 'new') return before;
  db.exec('PRAGMA journal_mode = WAL');
  db.exec('PRAGMA synchronous = FULL');
  // After a large transaction the log shrinks again.
  db.exec('PRAGMA journal_size_limit = 67108864');
  return db.transaction(() => {
    const now = judge(db);
    if (now === 'new') {
      db.exec(TABLES);
      db.exec(`PRAGMA application_id = ${APPLICATION}`);
      db.exec(`PRAGMA user_version = ${VERSION}`);
    }
    return now === 'new' || now === 'ours' ? undefined : now;
  });
}

function judge(db: Database): Unfit | 'ours' | 'new' {
  const number = (pragma: string): unknown => Object.values(db.prepare(`PRAGMA ${pragma}`).get() ?? {})[0];
  const application = number('application_id');
  if (application !== APPLICATION) {
    const { tables } = db.prepare('SELECT count(*) AS tables FROM sqlite_schema').get() ?? {};
    return application === 0 && tables === 0 ? 'new' : 'foreign';
  }
  if (Number(number('user_version')) > VERSION) return 'newer';
  return number('quick_check(1)') === 'ok' ? 'ours' : 'damaged';
}
