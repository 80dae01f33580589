import { createSecretKey, type KeyObject } from 'node:crypto';
import { Problem } from '../problem.ts';
import type { BackupEntry, BackupHeader } from './format.ts';
import type { SealedStore } from './paths.ts';
import { deriveKey, LOCKED_DOMAIN_KEY_DATA, type SecretKey, storeKey, unseal } from './sealing.ts';
import { parseStoredKey, parseStoredUser, type StoredKey, type StoredUser } from './stored.ts';

/** The keys of the three sealed stores. */
export type StoreKeys = Record<SealedStore, KeyObject>;

/** The path of the entry that holds the unlock salt. */
export const unlockSaltPath = (header: Pick<BackupHeader, 'deviceId'>): string =>
  header.deviceId === undefined ? '/config/unlock-salt' : `/local/${header.deviceId}/config/unlock-salt`;

/**
 * Opens the Domain Key of a backup with the unlock passphrase. `unlockSalt` is the entry at {@link unlockSaltPath};
 * its value is plain in version 0 and sealed under the configuration store key in version 1.
 * Throws `damaged` when that entry does not open, `wrong-passphrase` when the Domain Key does not.
 */
export async function unlockDomainKey(
  header: Pick<BackupHeader, 'lockedDomainKey' | 'configStoreKey'>,
  unlockSalt: BackupEntry,
  unlockPassphrase: string,
  place: string,
): Promise<SecretKey> {
  const { configStoreKey, lockedDomainKey } = header;
  const { path, value } = unlockSalt;
  const salt = configStoreKey === undefined ? value : unseal(configStoreKey, value, path);
  if (salt === undefined) {
    throw new Problem({
      kind: 'damaged',
      place,
      cause: `the unlock salt at ${path} does not open`,
      remedy: 'Use another copy of the file',
    });
  }
  const unlockKey = await deriveKey(unlockPassphrase, salt);
  const domainKey = unseal(unlockKey, lockedDomainKey, LOCKED_DOMAIN_KEY_DATA);
  unlockKey.fill(0);
  if (domainKey !== undefined) return domainKey;
  throw new Problem({
    kind: 'wrong-passphrase',
    place,
    cause: 'the unlock passphrase does not open the Domain Key',
    remedy: 'Use the unlock passphrase that the device had when the backup was made',
  });
}

/** The keys of the sealed stores under a Domain Key. */
export const storeKeys = (domainKey: SecretKey): StoreKeys => ({
  key: createSecretKey(storeKey(domainKey, 'key')),
  authentication: createSecretKey(storeKey(domainKey, 'authentication')),
  namespace: createSecretKey(storeKey(domainKey, 'namespace')),
});

/**
 * Opens a key's entry. Throws `unreadable`: it was sealed under another Domain Key or another path (the device lists
 * such a key and answers 500 for it), or holds no key.
 */
export const openKeyEntry = (keys: StoreKeys, entry: BackupEntry, place: string): StoredKey =>
  parseStoredKey(openValue(keys.key, entry, place)) ?? unreadable(entry, place, 'holds no key');

/** Opens a user's entry. Throws `unreadable`, as {@link openKeyEntry}. */
export const openUserEntry = (keys: StoreKeys, entry: BackupEntry, place: string): StoredUser =>
  parseStoredUser(openValue(keys.authentication, entry, place)) ?? unreadable(entry, place, 'holds no user');

/** Checks a namespace's marker, which holds the name in quotes. Throws `unreadable`, as {@link openKeyEntry}. */
export function openMarker(keys: StoreKeys, entry: BackupEntry, place: string): void {
  const name = entry.path.slice(entry.path.lastIndexOf('/') + 1);
  const opened = openValue(keys.namespace, entry, place);
  if (opened.toString() !== JSON.stringify(name)) unreadable(entry, place, 'does not hold the name of its namespace');
}

/** Checks a store's version; a foreign one makes the next unlock fail for good. Throws `unreadable`. */
export const openVersion = (keys: StoreKeys, store: SealedStore, entry: BackupEntry, place: string): Buffer =>
  openValue(keys[store], entry, place);

function openValue(key: KeyObject, { path, value }: BackupEntry, place: string): Buffer {
  const opened = unseal(key, value, path);
  return opened ?? unreadable({ path }, place, 'is sealed under another Domain Key, or was put under another path');
}

function unreadable({ path }: Pick<BackupEntry, 'path'>, place: string, why: string): never {
  throw new Problem({
    kind: 'unreadable',
    place,
    cause: `the entry ${JSON.stringify(path)} ${why}`,
    remedy: 'The device cannot use it either: delete it there',
  });
}
