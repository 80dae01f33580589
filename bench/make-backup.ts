import { createSecretKey, randomBytes } from 'node:crypto';
import type { BackupEntry } from '../core/backup/format.ts';
import { END_OF_FILE, encodeEntry, encodeHeader } from '../core/backup/writer.ts';

/** Bytes of a sealed Curve25519 key, as in the backups of real devices. */
const VALUE_BYTES = 247;

/** The entries of a store with `count` keys in one namespace, in order, made as they are asked for. */
export function* makeEntries(count: number): Generator<BackupEntry> {
  const value = randomBytes(VALUE_BYTES);
  for (let i = 0; i < count; i++) yield { path: `/key/.iot/dev-${String(i).padStart(8, '0')}`, value };
}

/** A header and its key, made without a passphrase. */
export function makeHeader() {
  const [backupKey, salt] = [randomBytes(32), randomBytes(16)];
  const raw = encodeHeader(
    { version: 1, salt, lockedDomainKey: randomBytes(60), deviceId: 'benchA', configStoreKey: randomBytes(32) },
    backupKey,
  );
  return { backupKey, salt, raw };
}

/** A whole backup in memory that workers can see too. */
export function makeBackup(count: number) {
  const { backupKey, salt, raw } = makeHeader();
  const key = createSecretKey(backupKey);
  const [first] = makeEntries(1);
  const entryBytes = encodeEntry(key, first?.path ?? '', first?.value ?? Buffer.alloc(0)).length;
  const file = Buffer.from(new SharedArrayBuffer(raw.length + count * entryBytes + END_OF_FILE.length));
  let at = raw.copy(file);
  for (const { path, value } of makeEntries(count)) at += encodeEntry(key, path, value).copy(file, at);
  END_OF_FILE.copy(file, at);
  return { backupKey, salt, file, headerBytes: raw.length };
}
