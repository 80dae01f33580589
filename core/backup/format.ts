/**
 * The layout of a NetHSM backup file, as measured on files of real devices.
 *
 * Magic, version byte (0: releases 1.0 to 3.1, 1: since 4.0), then fields with a 3-byte big-endian length:
 * salt; sealed under the backup passphrase's key: version byte, locked Domain Key and, in version 1, device id
 * and configuration store key; then one sealed field an entry. Version 1 ends with a zero length and an end mark,
 * version 0 just ends.
 */
import type { SecretKey } from './sealing.ts';

/** The first bytes of every backup file; the version byte follows. */
export const MAGIC = Buffer.from('_NETHSM_BACKUP_');
/** The last bytes of a complete file of version 1, behind a zero length. */
export const END_MARK = Buffer.from('_NETHSM_BACKUP_END_');
/** Bytes of the length in front of a field. */
export const LENGTH_BYTES = 3;
/** What the 3-byte length can say at most. */
export const MAX_LENGTH = 0xff_ff_ff;

/**
 * The largest sealed entry that we take for one, in bytes. A certificate holds at most 1 MB and each of its bytes
 * may take six as JSON (`\u0000`); a key and a path add little.
 */
export const MAX_ENTRY_BYTES = 8 * 1024 * 1024;
/** The longest path that we take for one, in bytes; the longest that a device builds by itself has about 300. */
export const MAX_PATH_BYTES = 4096;

export type BackupVersion = 0 | 1;

/** A field of the header, in file order, with the additional data it is sealed with and the most bytes we accept. */
export interface HeaderField {
  name: 'version' | 'lockedDomainKey' | 'deviceId' | 'configStoreKey';
  additionalData: string;
  maxBytes: number;
}

/** The most bytes that we accept for the salt (devices write 16). */
export const MAX_SALT_BYTES = 64;

const FIELDS: HeaderField[] = [
  { name: 'version', additionalData: 'backup-version', maxBytes: 29 },
  { name: 'lockedDomainKey', additionalData: 'domain-key', maxBytes: 1024 },
  { name: 'deviceId', additionalData: 'backup-device-id', maxBytes: 256 },
  { name: 'configStoreKey', additionalData: 'backup-config-store-key', maxBytes: 256 },
];

/** The sealed fields of a header, in file order. */
export const headerFields = (version: BackupVersion): HeaderField[] => (version === 0 ? FIELDS.slice(0, 2) : FIELDS);

/** Additional data of every entry. */
export const ENTRY_DATA = 'backup';

/** What stands before the entries, opened. */
export interface BackupHeader {
  version: BackupVersion;
  /** Salt of the backup passphrase. */
  salt: Buffer;
  /** The Domain Key, still locked under the unlock passphrase. */
  lockedDomainKey: Buffer;
  /** Version 1 only. */
  deviceId?: string;
  /** Version 1 only. */
  configStoreKey?: SecretKey;
  /** The header exactly as read, from the magic through its last field. */
  raw: Buffer;
}

/** One entry of the device's store. */
export interface BackupEntry {
  path: string;
  /** As the device stores it: values of the three sealed stores are still sealed under their store's key. */
  value: Buffer;
}
