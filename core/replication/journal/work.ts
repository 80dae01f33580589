import type { KeyId, Namespace } from '../../names.ts';
import type { ArchivedValue, Journal, OpenStep } from './journal.ts';
import type { Database, Row } from './sqlite.ts';

type Work = Pick<Journal, 'openStep' | 'closeStep' | 'openSteps' | 'archiveValue' | 'archivedValues' | 'archivedValue'>;

const FACTS = 'namespace, device, id, at, domain, reason';

/** Work that was begun, and the sealed values that it took out of use. */
export function workTables(db: Database): Work {
  const open = db.prepare('INSERT INTO step (namespace, kind, device, detail, at) VALUES (?, ?, ?, ?, ?)');
  const close = db.prepare('DELETE FROM step WHERE step = ?');
  const all = db.prepare('SELECT * FROM step ORDER BY step');
  const some = db.prepare('SELECT * FROM step WHERE namespace = ? ORDER BY step');
  const keep = db.prepare(`INSERT INTO archived (${FACTS}, value) VALUES (?, ?, ?, ?, ?, ?, ?)`);
  const kept = db.prepare(`SELECT ${FACTS} FROM archived WHERE namespace = ? ORDER BY entry`);
  const value = db.prepare(
    `SELECT ${FACTS}, value FROM archived WHERE namespace = ? AND device = ? AND id = ? AND at = ?
     ORDER BY entry DESC LIMIT 1`,
  );
  return {
    openStep({ namespace, kind, device, detail, at }) {
      return open.run(namespace, kind, device, JSON.stringify(detail ?? null), at).rowid;
    },
    closeStep(step) {
      close.run(step);
    },
    openSteps: (namespace) => (namespace === undefined ? all.all() : some.all(namespace)).map(stepOf),
    archiveValue(archived) {
      const { namespace, device, id, at, domain, reason } = archived;
      keep.run(namespace, device, id, at, domain, reason, archived.value);
    },
    archivedValues: (namespace) => kept.all(namespace).map(factsOf),
    archivedValue(namespace, device, id, at) {
      const row = value.get(namespace, device, id, at);
      return row === undefined ? undefined : { ...factsOf(row), value: Buffer.from(row.value as Uint8Array) };
    },
  };
}

const stepOf = ({ step, namespace, kind, device, detail, at }: Row): OpenStep => ({
  step: step as number,
  namespace: namespace as Namespace,
  kind: kind as string,
  device: device as string,
  detail: JSON.parse(detail as string),
  at: at as number,
});

const factsOf = ({ namespace, device, id, at, domain, reason }: Row): Omit<ArchivedValue, 'value'> => ({
  namespace: namespace as Namespace,
  device: device as string,
  id: id as KeyId,
  at: at as number,
  domain: domain as string,
  reason: reason as string,
});
