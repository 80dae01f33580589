import { downloadBackup } from '../device/backup.ts';
import type { Session } from '../device/session.ts';
import { Problem } from '../problem.ts';
import type { WorkOptions } from '../progress.ts';
import { domainFingerprint } from './domain.ts';
import type { BackupEntry, BackupHeader } from './format.ts';
import type { BackupKeySource } from './header.ts';
import { openBackupParallel } from './parallel.ts';
import { type ParsedPath, parsePath, type SealedStore } from './paths.ts';
import { openBackup } from './reader.ts';
import { deriveKey, type SecretKey } from './sealing.ts';
import { unlockSaltPath } from './unseal.ts';

/** An entry with what its path means. */
export interface PlacedEntry {
  entry: BackupEntry;
  path: ParsedPath;
}

/** A backup on its way, whose entries are read once. */
export interface BackupPass {
  header: BackupHeader;
  backupKey: SecretKey;
  /** All entries in the order of the file; to the end is needed to know that it is complete. */
  batches: AsyncIterable<PlacedEntry[]>;
  /** What the pass told besides its entries; a RangeError before {@link batches} ended. */
  summary(): BackupSummary;
}

/** What a pass over a whole backup tells besides its entries. */
export interface BackupSummary {
  header: BackupHeader;
  backupKey: SecretKey;
  /** Fingerprint of the Domain Key. */
  domain: string;
  /** The node's own unlock salt; sealed in V1. */
  unlockSalt: BackupEntry | undefined;
  entries: number;
}

/** How a backup is read: the key that opens it, and what people call it. */
export interface PassOptions extends WorkOptions {
  key: BackupKeySource;
  place: string;
}

/** Begins to read a backup of a device as a stream: one pass of the device over its whole store. */
export async function openDeviceBackup(session: Session, options: WorkOptions = {}): Promise<BackupPass> {
  const { signal } = options;
  const source = downloadBackup(session.node, await session.backup(), { signal });
  return openPass(source, { ...options, key: backupKeyOf(session), place: `backup of ${session.name}` });
}

const lastKeys = new WeakMap<Session, { salt: Buffer; backupKey: SecretKey }>();

/**
 * The key of a device's backups, derived once for as long as its backup passphrase stays: deriving takes half a second,
 * and each change of the passphrase changes the salt.
 */
export const backupKeyOf = (session: Session): BackupKeySource => ({
  async derive(salt) {
    const last = lastKeys.get(session);
    if (last?.salt.equals(salt)) return last.backupKey;
    const backupKey = await deriveKey(await session.backupPassphrase(), salt);
    lastKeys.set(session, { salt: Buffer.from(salt), backupKey });
    return backupKey;
  },
});

/** Begins to read a backup from anywhere, a file say. */
export async function openPass(source: AsyncIterable<Uint8Array>, options: PassOptions): Promise<BackupPass> {
  const { key, place, signal, threads } = options;
  const reading = { place, ...(signal && { signal }) };
  const backup =
    threads === undefined
      ? await openBackup(source, key, reading)
      : await openBackupParallel(source, key, { ...reading, threads });
  const { header, backupKey } = backup;
  const ownSalt = unlockSaltPath(header);
  const versions: Partial<Record<SealedStore, Buffer>> = {};
  let unlockSalt: BackupEntry | undefined;
  let entries = 0;
  let complete = false;
  async function* batches(): AsyncGenerator<PlacedEntry[]> {
    for await (const batch of backup.batches) {
      const placed = batch.map((entry) => ({ entry, path: parsePath(entry.path) }));
      for (const { entry, path } of placed) {
        if (path.kind === 'version') versions[path.store] = Buffer.from(entry.value);
        if (entry.path === ownSalt) unlockSalt = { path: entry.path, value: Buffer.from(entry.value) };
      }
      entries += batch.length;
      yield placed;
      options.onProgress?.({ phase: `reading the ${place}`, done: entries, unit: 'entries' });
    }
    complete = true;
  }
  return {
    header,
    backupKey,
    batches: batches(),
    summary() {
      if (!complete) throw new RangeError(`the ${place} was not read to its end`);
      const { key, authentication, namespace } = versions;
      if (key === undefined || authentication === undefined || namespace === undefined) throw noVersion(place);
      return { header, backupKey, domain: domainFingerprint({ key, authentication, namespace }), unlockSalt, entries };
    },
  };
}

/** Called for every entry in the order of the file; what it keeps must be few. */
export type Visit = (entry: BackupEntry, path: ParsedPath) => void | Promise<void>;

/** Reads a pass to its end. Gives its summary only if the backup was complete; throws a Problem otherwise. */
export async function visitAll(pass: BackupPass, visit: Visit): Promise<BackupSummary> {
  for await (const batch of pass.batches) {
    for (const { entry, path } of batch) {
      const pending = visit(entry, path);
      if (pending !== undefined) await pending;
    }
  }
  return pass.summary();
}

/** Reads a whole backup of a device without keeping it. */
export const readDeviceBackup = async (
  session: Session,
  visit: Visit,
  options: WorkOptions = {},
): Promise<BackupSummary> => visitAll(await openDeviceBackup(session, options), visit);

const noVersion = (place: string): Problem =>
  new Problem({
    kind: 'damaged',
    place,
    cause: 'a .version entry of the sealed stores is missing, so its Domain Key can not be told',
    remedy: 'Make another backup; if that lacks it too, the store of the device is damaged: ask its vendor',
  });
