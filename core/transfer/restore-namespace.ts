import type { Session } from '../device/session.ts';
import { isReplicationUser } from '../inventory/replication-users.ts';
import { type KeyId, type Namespace, namespaceTitle } from '../names.ts';
import { Problem } from '../problem.ts';
import { readAhead } from '../read-ahead.ts';
import { openArchive } from './archive/reader.ts';
import { type VerifiedArchive, verifyArchive } from './backup-namespace.ts';
import { deliver } from './deliver.ts';
import { type MergeChoice, mergeNamespace } from './merge.ts';
import { prepareTarget, type TransferOptions } from './prepare-target.ts';
import type { TransferReport } from './report.ts';
import type { SealedEntry } from './sealed-entry.ts';

/** What of an archive goes where. */
export interface RestoreRequest {
  file: string;
  passphrase: string;
  namespace: Namespace;
  /** Whether the Operators come back too. N-Administrators never do here. */
  users: boolean;
  /** Only this key. */
  only?: KeyId;
  /** By a merge in place of appends. */
  merge?: MergeChoice;
}

/**
 * Brings the keys of a sealed archive back onto a device: those that are missing there. What is there already stays
 * as it is. The archive is verified from beginning to end before anything is sent.
 */
export async function restoreNamespace(
  session: Session,
  request: RestoreRequest,
  options: TransferOptions,
): Promise<TransferReport> {
  const { file, passphrase, namespace } = request;
  let found = false;
  const onKey = (id: KeyId): void => {
    found ||= id === request.only;
  };
  const archive = await verifyArchive(file, passphrase, { ...options, onKey });
  requireNamespace(file, archive, namespace);
  if (request.only !== undefined && !found) throw noSuchKey(file, request.only);
  const travels = ({ name, role }: { name: string; role: string }): boolean =>
    role === 'Operator' && !isReplicationUser(name);
  const operators = new Set(archive.users.filter(travels).map(({ name }) => name));
  const wanted = (entry: SealedEntry): boolean =>
    entry.kind === 'key'
      ? request.only === undefined || entry.id === request.only
      : request.users && operators.has(entry.name);

  const origin = { place: file, domain: archive.domain, release: archive.release };
  async function* entries(): AsyncGenerator<SealedEntry[]> {
    // By its name once more: it must still be the file that was verified.
    const again = await openArchive(file, passphrase);
    if (!again.salt.equals(archive.salt)) throw swapped(file);
    for await (const batch of readAhead(again.batches)) yield batch.filter(wanted);
    if (again.inventory().digest !== archive.digest) throw swapped(file);
  }
  if (request.merge) {
    return mergeNamespace(session, namespace, { origin, entries }, { ...options, ...request.merge });
  }
  const { target, report } = await prepareTarget(session, namespace, origin, options);
  report.keys = request.only === undefined ? archive.keys : 1;
  report.users = request.users ? operators.size : 0;
  report.asked = report.keys + report.users;
  await deliver(target, { origin, entries }, report, options);
  return report;
}

function requireNamespace(file: string, archive: VerifiedArchive, namespace: Namespace): void {
  if (archive.namespace === namespace) return;
  throw new Problem({
    kind: 'refused',
    place: file,
    cause: `it holds ${namespaceTitle(archive.namespace)}, not ${namespaceTitle(namespace)}; sealed keys open only under the namespace they were made in`,
    remedy: `Restore it into ${namespaceTitle(archive.namespace)}`,
  });
}

const swapped = (file: string): Problem =>
  new Problem({
    kind: 'refused',
    place: file,
    cause: 'another file lies there now than the one that was verified',
    remedy: 'Find out who put it there, then run this again',
  });

const noSuchKey = (file: string, id: KeyId): Problem =>
  new Problem({
    kind: 'not-found',
    place: file,
    cause: `it holds no key ${id}`,
    remedy: 'Look at what it holds with inspect',
  });
