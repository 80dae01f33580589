import type { Journal, Seen } from './journal.ts';
import type { Database } from './sqlite.ts';

type Observed = Pick<
  Journal,
  'seen' | 'putSeen' | 'epoch' | 'putEpoch' | 'unreachableSince' | 'noteReachable' | 'noteUnreachable'
>;

/** What we saw of devices: their state when we last looked, the highest epochs, and who is out of reach. */
export function observedTables(db: Database): Observed {
  const seen = db.prepare('SELECT seen FROM seen WHERE namespace = ? AND device = ?');
  const putSeen = db.prepare('INSERT OR REPLACE INTO seen (namespace, device, seen) VALUES (?, ?, ?)');
  const epoch = db.prepare('SELECT epoch, nonce FROM epoch WHERE namespace = ?');
  // The highest stays, also when two processes write: an epoch never falls.
  const putEpoch = db.prepare(
    `INSERT INTO epoch (namespace, epoch, nonce) VALUES (?, ?, ?) ON CONFLICT (namespace)
     DO UPDATE SET epoch = excluded.epoch, nonce = excluded.nonce WHERE excluded.epoch >= epoch.epoch`,
  );
  const unreachable = db.prepare('SELECT at, lastTried, reason FROM unreachable WHERE device = ?');
  const reached = db.prepare('DELETE FROM unreachable WHERE device = ?');
  const missed = db.prepare(
    `INSERT INTO unreachable (device, at, lastTried, reason) VALUES (?, ?, ?, ?) ON CONFLICT (device)
     DO UPDATE SET lastTried = excluded.lastTried, reason = excluded.reason`,
  );
  return {
    seen(namespace, device) {
      const row = seen.get(namespace, device) as { seen: string } | undefined;
      if (row === undefined) return undefined;
      // JSON leaves out what is undefined; the type wants it said.
      return { mark: undefined, pendingMark: undefined, counters: undefined, ...JSON.parse(row.seen) } as Seen;
    },
    putSeen(namespace, device, value) {
      putSeen.run(namespace, device, JSON.stringify(value));
    },
    epoch(namespace) {
      const row = epoch.get(namespace);
      return row === undefined ? undefined : ({ ...row } as { epoch: number; nonce: string });
    },
    putEpoch(namespace, value) {
      putEpoch.run(namespace, value.epoch, value.nonce);
    },
    unreachableSince(device) {
      const row = unreachable.get(device);
      return row === undefined ? undefined : ({ ...row } as { at: number; lastTried: number; reason: string });
    },
    noteReachable(device) {
      // Mostly there is nothing to take away, and then nothing is written.
      if (unreachable.get(device) !== undefined) reached.run(device);
    },
    noteUnreachable(device, at, reason) {
      missed.run(device, at, at, reason);
    },
  };
}
