import type { Namespace, UserName } from '../../names.ts';
import { isProblem } from '../../problem.ts';
import type { WorkOptions } from '../../progress.ts';
import { openArchive } from '../../transfer/archive/reader.ts';
import type { SealedEntry } from '../../transfer/sealed-entry.ts';

/** The N-Administrators that a sealed archive holds; the archive was read to its end and verified. */
export interface ArchivedKeepers {
  file: string;
  namespace: Namespace;
  /** ISO 8601 in UTC. */
  created: string;
  /** Name of the device in the manifest. */
  device: string;
  domain: string;
  release: string;
  /** Sealed, by name; our own N-Administrator among them. */
  keepers: ReadonlyMap<UserName, SealedEntry>;
}

/** Reads the N-Administrators out of an archive. Throws a Problem when anything in it is not as it must be. */
export async function readArchivedKeepers(
  file: string,
  passphrase: string,
  options: WorkOptions,
): Promise<ArchivedKeepers> {
  const archive = await openArchive(file, passphrase, options);
  const users = new Map<string, SealedEntry>();
  for await (const batch of archive.batches) {
    for (const entry of batch) if (entry.kind === 'user') users.set(entry.name, entry);
  }
  const { domain, release, users: inventory } = archive.inventory();
  const keepers = new Map<UserName, SealedEntry>();
  for (const { name, role } of inventory) {
    const entry = users.get(name);
    if (role === 'Administrator' && entry?.kind === 'user') keepers.set(entry.name, entry);
  }
  const { created, device } = archive.head;
  return { file, namespace: archive.namespace, created, device, domain, release, keepers };
}

/** What an archive says before its entries. Throws a Problem when it does not open. */
export async function readArchiveHead(
  file: string,
  passphrase: string,
  options: WorkOptions,
): Promise<{ namespace: Namespace; created: string; device: string }> {
  const { namespace, head, batches } = await openArchive(file, passphrase, options);
  // Begun and left, so that the file is closed again.
  for await (const _ of batches) break;
  return { namespace, created: head.created, device: head.device };
}

/** What a piece of work gives, or undefined when a Problem ended it; a cancel goes on. */
export const unlessBroken = <T>(work: Promise<T>): Promise<T | undefined> =>
  work.catch((error: unknown) => {
    if (isProblem(error) && error.kind !== 'cancelled') return undefined;
    throw error;
  });
