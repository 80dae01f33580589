import type { Activity, Journal, RunRecord } from './journal.ts';
import type { Links } from './links.ts';
import type { Database } from './sqlite.ts';

/** How much of what happened is remembered. */
const MOST_ACTIVITY = 10_000;

type History = Pick<
  Journal,
  'lastRun' | 'putRun' | 'lastDone' | 'putDone' | 'paused' | 'pause' | 'resume' | 'addActivity' | 'activity'
>;

/** Runs, schedules, pauses and what happened. */
export function historyTables(db: Database, links: Links): History {
  const run = db.prepare('SELECT run FROM run WHERE link = ?');
  const putRun = db.prepare('INSERT OR REPLACE INTO run (link, run) VALUES (?, ?)');
  const done = db.prepare('SELECT at FROM done WHERE schedule = ?');
  const putDone = db.prepare('INSERT OR REPLACE INTO done (schedule, at) VALUES (?, ?)');
  const paused = db.prepare('SELECT at, "by" FROM paused WHERE namespace = ?');
  // Whoever paused first is named.
  const pause = db.prepare('INSERT OR IGNORE INTO paused (namespace, at, "by") VALUES (?, ?, ?)');
  const resume = db.prepare('DELETE FROM paused WHERE namespace = ?');
  const add = db.prepare('INSERT INTO activity (namespace, activity) VALUES (?, ?)');
  const prune = db.prepare('DELETE FROM activity WHERE entry <= ?');
  const all = db.prepare('SELECT activity FROM activity ORDER BY entry DESC LIMIT ?');
  const some = db.prepare('SELECT activity FROM activity WHERE namespace = ? ORDER BY entry DESC LIMIT ?');
  return {
    lastRun(link) {
      const number = links.known(link);
      const row = number === undefined ? undefined : (run.get(number) as { run: string } | undefined);
      return row === undefined ? undefined : (JSON.parse(row.run) as RunRecord);
    },
    putRun(link, record) {
      putRun.run(links.make(link), JSON.stringify(record));
    },
    lastDone: (schedule) => (done.get(schedule) as { at: number } | undefined)?.at,
    putDone(schedule, at) {
      putDone.run(schedule, at);
    },
    paused(namespace) {
      const row = paused.get(namespace);
      return row === undefined ? undefined : ({ ...row } as { at: number; by: string });
    },
    pause(namespace, by, at) {
      pause.run(namespace, at, by);
    },
    resume(namespace) {
      resume.run(namespace);
    },
    addActivity(activity) {
      db.transaction(() => {
        const { rowid } = add.run(activity.namespace ?? null, JSON.stringify(activity));
        prune.run(rowid - MOST_ACTIVITY);
      });
    },
    activity(most, namespace) {
      const rows = namespace === undefined ? all.all(most) : some.all(namespace, most);
      return rows.map((row) => JSON.parse(row.activity as string) as Activity);
    },
  };
}
