import type { KeyId } from '../../names.ts';
import type { Base, Journal } from './journal.ts';
import type { Links } from './links.ts';
import type { Database, Row } from './sqlite.ts';

/** Bases that are read in one go. */
const BATCH = 512;

const COLUMNS = `id, facts, material, "left", "right", leftOperations, rightOperations, leftGeneration, rightGeneration`;

type Bases = Pick<Journal, 'base' | 'bases' | 'countBases' | 'putBases' | 'dropBases' | 'forgetBases' | 'links'>;

/** What was in sync, by link and id. */
export function basesTable(db: Database, links: Links): Bases {
  const one = db.prepare(`SELECT ${COLUMNS} FROM base WHERE link = ? AND id = ?`);
  const next = db.prepare(`SELECT ${COLUMNS} FROM base WHERE link = ? AND id > ? ORDER BY id LIMIT ${BATCH}`);
  const count = db.prepare('SELECT count(*) AS bases FROM base WHERE link = ?');
  const put = db.prepare(`INSERT OR REPLACE INTO base (link, ${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const drop = db.prepare('DELETE FROM base WHERE link = ? AND id = ?');
  const forget = db.prepare('DELETE FROM base WHERE link = ?');
  return {
    base(link, id) {
      const number = links.known(link);
      const row = number === undefined ? undefined : one.get(number, id);
      return row === undefined ? undefined : baseOf(row);
    },
    bases: (link) => batches(() => links.known(link)),
    countBases(link) {
      const number = links.known(link);
      return number === undefined ? 0 : (count.get(number) as { bases: number }).bases;
    },
    putBases(link, bases) {
      if (bases.length === 0) return;
      const number = links.make(link);
      db.transaction(() => {
        for (const base of bases) {
          const { id, facts, material, left, right, leftOperations, rightOperations } = base;
          const { leftGeneration, rightGeneration } = base;
          const other = right.equals(left) ? null : right;
          const isGuess = (side: 'left' | 'right'): boolean => base.guessed?.includes(side) === true;
          const operations = [
            operationsCell(leftOperations, isGuess('left')),
            operationsCell(rightOperations, isGuess('right')),
          ];
          const figures = [...operations, leftGeneration, rightGeneration];
          put.run(number, id, facts, material ?? null, left, other, ...figures);
        }
      });
    },
    dropBases(link, ids) {
      const number = links.known(link);
      if (number === undefined || ids.length === 0) return;
      db.transaction(() => {
        for (const id of ids) drop.run(number, id);
      });
    },
    forgetBases(link) {
      const number = links.known(link);
      if (number !== undefined) forget.run(number);
    },
    links: links.of,
  };

  /** Each batch starts after the last id of the one before: nothing stays open while its reader writes. */
  function* batches(number: () => number | undefined): Generator<readonly Base[]> {
    const link = number();
    if (link === undefined) return;
    let after = '';
    for (;;) {
      const rows = next.all(link, after);
      if (rows.length > 0) yield rows.map(baseOf);
      if (rows.length < BATCH) return;
      after = rows[BATCH - 1]?.id as string;
    }
  }
}

const bytes = (value: unknown): Buffer => {
  const { buffer, byteOffset, length } = value as Uint8Array;
  return Buffer.from(buffer as ArrayBuffer, byteOffset, length);
};

/** A side that is guessed stands in the table by a counter below zero: -1 for 0, -2 for 1. */
const operationsCell = (operations: number, isGuess: boolean): number => (isGuess ? -1 - operations : operations);

const operationsIn = (cell: unknown): number => ((cell as number) < 0 ? -1 - (cell as number) : (cell as number));

function baseOf(row: Row): Base {
  const left = bytes(row.left);
  const guessed = (['left', 'right'] as const).filter((side) => (row[`${side}Operations`] as number) < 0);
  return {
    id: row.id as KeyId,
    facts: bytes(row.facts),
    material: row.material === null ? undefined : bytes(row.material),
    left,
    right: row.right === null ? left : bytes(row.right),
    leftOperations: operationsIn(row.leftOperations),
    rightOperations: operationsIn(row.rightOperations),
    ...(guessed.length > 0 && { guessed }),
    leftGeneration: row.leftGeneration as number,
    rightGeneration: row.rightGeneration as number,
  };
}
