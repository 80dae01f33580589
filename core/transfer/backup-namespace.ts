import { basename } from 'node:path';
import { readDeviceBackup } from '../backup/device-backup.ts';
import { systemInfo } from '../device/info.ts';
import type { Session } from '../device/session.ts';
import { getUser, listUsers } from '../device/users.ts';
import { checkOff, type Ids, intersect, symmetricDifference } from '../inventory/id-lists.ts';
import { compareIds } from '../inventory/item.ts';
import { readIds } from '../inventory/read.ts';
import { isReplicationUser } from '../inventory/replication-users.ts';
import { type KeyId, type Namespace, namespaceTitle, ROOT, type UserName, userId } from '../names.ts';
import { Problem } from '../problem.ts';
import type { WorkOptions } from '../progress.ts';
import { openArchive } from './archive/reader.ts';
import { createArchive } from './archive/writer.ts';
import { fitsBody } from './batches.ts';
import { sealedKey, sealedUser } from './sealed-entry.ts';
import { requireOperational } from './target.ts';

/** What came of a backup of a namespace, or of one key. */
export interface ArchiveReport {
  file: string;
  namespace: Namespace;
  keys: number;
  users: number;
  /** Keys that the device lists. */
  asked: number;
  /** Keys written. */
  done: number;
  /** Keys read again from the file. */
  verified: number;
  /** Keys that came or went while the backup was made. */
  changed: KeyId[];
  /** Keys of the archive that no append can carry back: a certificate of nearly 1 MB makes one too large. */
  tooLarge: KeyId[];
}

/**
 * Where an archive goes and what it holds: the whole namespace, the keys named, or its users without a key. `keepers: false`
 * leaves the N-Administrators out.
 */
export interface ArchiveRequest {
  out: string;
  passphrase: string;
  only?: ReadonlySet<KeyId> | 'users';
  keepers?: boolean;
}

/**
 * Writes a sealed archive of a namespace, of the keys named or of its users, and reads it again. One pass of the device
 * over its store. Refuses to make an archive that lacks a key or user which the device lists before and after.
 */
export async function backupNamespace(
  session: Session,
  namespace: Namespace,
  archive: ArchiveRequest,
  options: WorkOptions = {},
): Promise<ArchiveReport> {
  const { out, passphrase } = archive;
  const only = archive.only === 'users' ? new Set<KeyId>() : archive.only;
  const withUsers = archive.only === undefined || archive.only === 'users';
  await requireOperational(session, options);
  const info = await systemInfo(session.node, await session.administrator(), options);
  const wanted = (id: KeyId): boolean => only === undefined || only.has(id);
  const list = async (): Promise<Ids<KeyId>> => {
    if (only?.size === 0) return [];
    const ids = await readIds(session, namespace, options);
    return only === undefined ? ids : [...only].filter(ids.has).sort(compareIds);
  };
  const before = await list();
  if (only !== undefined) requireListed(session.name, namespace, only, before);
  const roles = withUsers ? await readRoles(session, namespace, options) : new Map<UserName, string>();
  if (archive.keepers === false) for (const [name, role] of roles) if (role === 'Administrator') roles.delete(name);
  const head = { namespace, created: new Date().toISOString(), device: session.name };
  const writer = await createArchive(out, head, passphrase);
  try {
    const met = checkOff(before);
    const users: { name: UserName; role: string }[] = [];
    const tooLarge: KeyId[] = [];
    const backup = await readDeviceBackup(
      session,
      (entry, path) => {
        if (path.kind === 'key' && path.namespace === namespace && wanted(path.id)) {
          met.see(path.id);
          const key = sealedKey(namespace, path.id, entry.value);
          if (!fitsBody(key)) tooLarge.push(path.id);
          return writer.put(key);
        }
        const role = path.kind === 'user' && path.namespace === namespace ? roles.get(path.name) : undefined;
        if (path.kind !== 'user' || role === undefined) return;
        users.push({ name: path.name, role });
        return writer.put(sealedUser(namespace, path.name, entry.value));
      },
      options,
    );
    const after = await list();
    requireWritten(session.name, namespace, 'keys', intersect(met.missing(), after));
    await requireUsers(session, namespace, roles, users, options);
    await writer.finish({ domain: backup.domain, release: info.softwareVersion, users });
    const verified = await verifyArchive(writer.draft, passphrase, options);
    await writer.commit();
    const { seen, extra } = met;
    return {
      file: out,
      namespace,
      keys: seen(),
      users: users.length,
      asked: seen(),
      done: seen(),
      verified: verified.keys,
      changed: [...new Set([...met.missing(), ...extra(), ...symmetricDifference(before, after)])].sort(compareIds),
      tooLarge,
    };
  } finally {
    await writer.abandon();
  }
}

/** What a whole archive holds; read to its end, with every record verified, without a device. */
export interface VerifiedArchive {
  namespace: Namespace;
  created: string;
  device: string;
  domain: string;
  release: string;
  keys: number;
  users: { name: string; role: string }[];
  /** What is told of no other archive: its salt, and the digest of its entries. */
  salt: Buffer;
  digest: string;
}

/** Reads an archive from beginning to end; throws a Problem when anything in it is not as it must be. */
export async function verifyArchive(
  file: string,
  passphrase: string,
  options: WorkOptions & { onKey?: (id: KeyId) => void } = {},
): Promise<VerifiedArchive> {
  const archive = await openArchive(file, passphrase, options);
  let done = 0;
  for await (const batch of archive.batches) {
    for (const entry of batch) if (entry.kind === 'key') options.onKey?.(entry.id);
    done += batch.length;
    options.onProgress?.({ phase: `verifying ${basename(file)}`, done, unit: 'entries' });
  }
  const { head, namespace, salt } = archive;
  const { created, device } = head;
  return { namespace, created, device, salt, ...archive.inventory() };
}

async function readRoles(session: Session, namespace: Namespace, options: WorkOptions): Promise<Map<UserName, string>> {
  const roles = new Map<UserName, string>();
  if (namespace === ROOT) return roles;
  const credential = await session.namespaceAdministrator(namespace);
  const prefix = userId(namespace, '' as UserName);
  for (const id of await listUsers(session.node, credential, options)) {
    const name = id.slice(prefix.length) as UserName;
    if (isReplicationUser(name)) continue;
    roles.set(name, (await getUser(session.node, credential, id, options)).role);
  }
  return roles;
}

function requireListed(device: string, namespace: Namespace, only: ReadonlySet<KeyId>, listed: Ids<KeyId>): void {
  const there = new Set(listed);
  const missing = [...only].filter((id) => !there.has(id));
  if (missing.length === 0) return;
  throw new Problem({
    kind: 'not-found',
    place: device,
    cause: `there is no key ${missing.join(', ')} in ${namespaceTitle(namespace)}`,
    remedy: 'Look at what is there with inventory',
  });
}

/** A user whom the device listed, who is not in its backup and whom it still lists, was left out. */
async function requireUsers(
  session: Session,
  namespace: Namespace,
  roles: ReadonlyMap<UserName, string>,
  written: readonly { name: UserName }[],
  options: WorkOptions,
): Promise<void> {
  const names = new Set(written.map(({ name }) => name));
  const missing = [...roles.keys()].filter((name) => !names.has(name));
  if (missing.length === 0) return;
  const still = await readRoles(session, namespace, options);
  requireWritten(
    session.name,
    namespace,
    'users',
    missing.filter((name) => still.has(name)),
  );
}

function requireWritten(device: string, namespace: Namespace, what: string, missing: readonly string[]): void {
  if (missing.length === 0) return;
  throw new Problem({
    kind: 'damaged',
    place: `backup of ${device}`,
    cause: `${missing.length} ${what} that ${namespaceTitle(namespace)} lists are not in the backup of the device (${missing.slice(0, 5).join(', ')})`,
    remedy: 'Look into the log of the device: it could not read them from its store',
  });
}
