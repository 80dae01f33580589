import { domainFingerprint } from '../backup/domain.ts';
import type { BackupEntry, BackupHeader } from '../backup/format.ts';
import { type ParsedPath, parsePath, type SealedStore } from '../backup/paths.ts';
import { openBackup } from '../backup/reader.ts';
import type { SecretKey } from '../backup/sealing.ts';
import { downloadBackup } from '../device/backup.ts';
import type { Session } from '../device/session.ts';
import { Problem } from '../problem.ts';
import type { WorkOptions } from '../progress.ts';

/** What a pass over a device's backup tells besides its entries. */
export interface DeviceBackup {
  header: BackupHeader;
  backupKey: SecretKey;
  /** Fingerprint of the Domain Key. */
  domain: string;
  /** The node's own unlock salt, sealed; only in V1. */
  unlockSalt: BackupEntry | undefined;
  entries: number;
}

/** Called for every entry in the order of the file; what it keeps must be few. */
export type Visit = (entry: BackupEntry, path: ParsedPath) => void | Promise<void>;

/**
 * Reads a whole backup of a device as a stream, without keeping it: one pass of the device over its store.
 * Returns only if the backup was complete; throws a Problem otherwise.
 */
export async function readDeviceBackup(
  session: Session,
  visit: Visit,
  options: WorkOptions = {},
): Promise<DeviceBackup> {
  const [credential, passphrase] = [await session.backup(), await session.backupPassphrase()];
  const source = await downloadBackup(session.node, credential, options);
  const place = `backup of ${session.name}`;
  return readBackup(source, { passphrase, place, visit, ...options });
}

/** The same for a backup from anywhere, a file say. */
export async function readBackup(
  source: AsyncIterable<Uint8Array>,
  options: WorkOptions & { passphrase: string; place: string; visit: Visit },
): Promise<DeviceBackup> {
  const { passphrase, place, visit, signal } = options;
  const backup = await openBackup(source, { passphrase }, { place, ...(signal && { signal }) });
  const versions: Partial<Record<SealedStore, Buffer>> = {};
  const ownSalt = backup.header.deviceId && `/local/${backup.header.deviceId}/config/unlock-salt`;
  let unlockSalt: BackupEntry | undefined;
  let entries = 0;
  for await (const batch of backup.batches) {
    for (const entry of batch) {
      const path = parsePath(entry.path);
      if (path.kind === 'version') versions[path.store] = Buffer.from(entry.value);
      if (entry.path === ownSalt) unlockSalt = { path: entry.path, value: Buffer.from(entry.value) };
      const pending = visit(entry, path);
      if (pending !== undefined) await pending;
    }
    entries += batch.length;
    options.onProgress?.({ phase: `reading the ${place}`, done: entries, unit: 'entries' });
  }
  const { key, authentication, namespace } = versions;
  if (key === undefined || authentication === undefined || namespace === undefined) {
    throw new Problem({
      kind: 'damaged',
      place,
      cause: 'a .version entry of the sealed stores is missing, so its Domain Key can not be told',
      remedy: 'Make another backup; if that lacks it too, the store of the device is damaged: ask its vendor',
    });
  }
  const domain = domainFingerprint({ key, authentication, namespace });
  return { header: backup.header, backupKey: backup.backupKey, domain, unlockSalt, entries };
}
