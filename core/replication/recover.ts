import { type KeyId, type Namespace, namespaceTitle, whyNoId } from '../names.ts';
import { Problem } from '../problem.ts';
import type { WorkOptions } from '../progress.ts';
import { createArchive } from '../transfer/archive/writer.ts';
import { verifyArchive } from '../transfer/backup-namespace.ts';
import { TESTED_RELEASES } from '../transfer/releases.ts';
import { sealedKey } from '../transfer/sealed-entry.ts';
import type { ArchivedValue, Journal } from './journal/journal.ts';

/** A key that replication deleted or replaced on a device: its sealed value is in the journal. */
export type TakenOut = Omit<ArchivedValue, 'value'>;

/** Which of them are meant: those of one key, those since a moment (milliseconds since 1970), or all. */
export interface Wanted {
  key?: KeyId;
  since?: number;
}

/** What came of writing such keys into an archive. */
export interface RecoveryReport {
  file: string;
  namespace: Namespace;
  /** The newest value of each key, as it was taken out. */
  keys: readonly TakenOut[];
  /** Of another domain than the newest: they can't be in one archive with it. */
  otherDomain: readonly TakenOut[];
  asked: number;
  done: number;
  verified: number;
}

/** The keys of a namespace that replication took out on any device, in the order in which it did; users are left out. */
export const takenOut = (journal: Journal, namespace: Namespace, { key, since = 0 }: Wanted = {}): TakenOut[] =>
  journal
    .archivedValues(namespace)
    .filter(({ id, at }) => whyNoId(id) === undefined && at >= since && (key === undefined || id === key));

/**
 * Writes keys that replication took out into a sealed archive, of each the value that was taken out last, and reads it again:
 * what a restore needs to bring them back. Throws a Problem `not-found` when the journal has none of them.
 */
export async function recoverKeys(
  journal: Journal,
  namespace: Namespace,
  wanted: Wanted,
  { out, passphrase }: { out: string; passphrase: string },
  options: WorkOptions = {},
): Promise<RecoveryReport> {
  const newest = new Map(takenOut(journal, namespace, wanted).map((one) => [one.id, one]));
  const last = [...newest.values()].sort((a, b) => a.at - b.at).at(-1);
  if (last === undefined) throw nothingKept(namespace, wanted);
  const { true: keys = [], false: otherDomain = [] } = Object.groupBy(newest.values(), ({ domain }) =>
    domain === last.domain ? 'true' : 'false',
  );
  const created = new Date(last.at).toISOString();
  const writer = await createArchive(out, { namespace, created, device: last.device }, passphrase);
  try {
    for (const { device, id, at } of keys) {
      const kept = journal.archivedValue(namespace, device, id, at);
      if (kept !== undefined) await writer.put(sealedKey(namespace, id, kept.value));
    }
    // The newest release that we delete on: an older device is not offered what it may not be able to read.
    await writer.finish({ domain: last.domain, release: TESTED_RELEASES[0] as string, users: [] });
    const verified = await verifyArchive(writer.draft, passphrase, options);
    await writer.commit();
    const figures = { asked: keys.length, done: verified.keys, verified: verified.keys };
    return { file: out, namespace, keys, otherDomain, ...figures };
  } finally {
    await writer.abandon();
  }
}

const nothingKept = (namespace: Namespace, { key, since }: Wanted): Problem =>
  new Problem({
    kind: 'not-found',
    place: namespaceTitle(namespace),
    cause: `the journal holds no ${key === undefined ? 'key' : `value of ${key}`} that replication took out${since === undefined ? '' : ' since then'}`,
    remedy: 'Look at the archives of its backups, and at the journal of the agent or editor that did it (--state)',
  });
