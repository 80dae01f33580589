import type { Namespace } from '../../names.ts';
import type { Link } from './journal.ts';
import type { Database } from './sqlite.ts';

/** The number under which the rows of a link stand; undefined for one that is not known, unless it shall be made. */
export interface Links {
  known(link: Link): number | undefined;
  make(link: Link): number;
  /** All links of a device. */
  of(namespace: Namespace, device: string): Link[];
}

export function linksTable(db: Database): Links {
  const find = db.prepare('SELECT link FROM link WHERE namespace = ? AND "left" = ? AND "right" = ?');
  const add = db.prepare('INSERT OR IGNORE INTO link (namespace, "left", "right") VALUES (?, ?, ?)');
  const ofDevice = db.prepare('SELECT "left", "right" FROM link WHERE namespace = ? AND ? IN ("left", "right")');
  const numbers = new Map<string, number>();
  const known = ({ namespace, left, right }: Link): number | undefined => {
    const name = JSON.stringify([namespace, left, right]);
    const before = numbers.get(name);
    if (before !== undefined) return before;
    const row = find.get(namespace, left, right) as { link: number } | undefined;
    if (row !== undefined) numbers.set(name, row.link);
    return row?.link;
  };
  return {
    known,
    make(link) {
      const before = known(link);
      if (before !== undefined) return before;
      // On its own, so that no rollback takes back a number that was told.
      add.run(link.namespace, link.left, link.right);
      return known(link) as number;
    },
    of: (namespace, device) =>
      ofDevice
        .all(namespace, device)
        .map(({ left, right }) => ({ namespace, left: left as string, right: right as string })),
  };
}
