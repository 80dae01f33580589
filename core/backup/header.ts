import { timingSafeEqual } from 'node:crypto';
import { Problem } from '../problem.ts';
import {
  type BackupHeader,
  type BackupVersion,
  type HeaderField,
  headerFields,
  LENGTH_BYTES,
  MAGIC,
  MAX_SALT_BYTES,
} from './format.ts';
import { deriveKey, NONCE_BYTES, type SecretKey, TAG_BYTES, unseal } from './sealing.ts';

/** How a reader gets at the key of a backup file: by its passphrase, with the key known already, or from who keeps it. */
export type BackupKeySource =
  | { passphrase: string }
  | { backupKey: SecretKey; salt: Buffer }
  | { derive: (salt: Buffer) => Promise<SecretKey> };

/** A header cut into its fields, which are still sealed. */
export interface SealedHeader {
  version: BackupVersion;
  salt: Buffer;
  fields: { field: HeaderField; sealed: Buffer }[];
  raw: Buffer;
}

/**
 * Cuts the header off the beginning of a file. Undefined when more bytes are needed.
 * Throws `not-a-backup`, `unsupported-version` or `damaged` as early as the bytes show it.
 */
export function cutHeader(bytes: Buffer, place: string): SealedHeader | undefined {
  const start = bytes.subarray(0, MAGIC.length);
  if (!start.equals(MAGIC.subarray(0, start.length))) throw notABackup(place, 'it does not begin like one');
  const version = bytes[MAGIC.length];
  if (version === undefined) return undefined;
  if (version !== 0 && version !== 1) {
    throw new Problem({
      kind: 'unsupported-version',
      place,
      cause: `this is a backup of format version ${version}; versions 0 and 1 are known`,
      remedy: 'Look for a release of this program that knows it',
    });
  }
  let at = MAGIC.length + 1;
  const take = (what: string, minBytes: number, maxBytes: number): Buffer | undefined => {
    if (bytes.length < at + LENGTH_BYTES) return undefined;
    const length = bytes.readUIntBE(at, LENGTH_BYTES);
    if (length < minBytes || length > maxBytes) {
      throw damagedHeader(place, `its ${what} claims ${length} bytes, ${minBytes} to ${maxBytes} are possible`);
    }
    const end = at + LENGTH_BYTES + length;
    if (bytes.length < end) return undefined;
    const field = bytes.subarray(at + LENGTH_BYTES, end);
    at = end;
    return field;
  };
  const salt = take('salt', 1, MAX_SALT_BYTES);
  if (salt === undefined) return undefined;
  const fields: SealedHeader['fields'] = [];
  for (const field of headerFields(version)) {
    const sealed = take(field.name, NONCE_BYTES + TAG_BYTES + 1, field.maxBytes);
    if (sealed === undefined) return undefined;
    fields.push({ field, sealed });
  }
  return { version, salt, fields, raw: bytes.subarray(0, at) };
}

/** Opens every field of a header. Throws `wrong-passphrase` when the first does not open, else `damaged`. */
export async function openHeader(
  sealed: SealedHeader,
  source: BackupKeySource,
  place: string,
): Promise<{ header: BackupHeader; backupKey: SecretKey }> {
  const backupKey = await keyFor(sealed, source, place);
  const opened: Partial<Record<HeaderField['name'], Buffer>> = {};
  for (const { field, sealed: value } of sealed.fields) {
    const plain = unseal(backupKey, value, field.additionalData);
    if (plain !== undefined) opened[field.name] = plain;
    else if (field.name === 'version') throw wrongPassphrase(place);
    else throw damagedHeader(place, `its ${field.name} was altered`);
  }
  const { version, lockedDomainKey, deviceId, configStoreKey } = opened;
  if (version?.length !== 1 || version[0] !== sealed.version || lockedDomainKey === undefined) {
    throw damagedHeader(place, 'its version byte is not the one that is sealed inside');
  }
  const header: BackupHeader = { version: sealed.version, salt: sealed.salt, lockedDomainKey, raw: sealed.raw };
  if (deviceId !== undefined) header.deviceId = deviceId.toString();
  if (configStoreKey !== undefined) header.configStoreKey = configStoreKey;
  return { header, backupKey };
}

async function keyFor(sealed: SealedHeader, source: BackupKeySource, place: string): Promise<SecretKey> {
  if ('passphrase' in source) return deriveKey(source.passphrase, sealed.salt);
  if ('derive' in source) return source.derive(sealed.salt);
  if (source.salt.length === sealed.salt.length && timingSafeEqual(source.salt, sealed.salt)) return source.backupKey;
  throw new Problem({
    kind: 'wrong-passphrase',
    place,
    cause: 'it was made under another backup passphrase than the one in use',
    remedy: 'Name the backup passphrase that was set when the file was made',
  });
}

/** The problem of a file that is no backup. */
export const notABackup = (place: string, why: string): Problem =>
  new Problem({
    kind: 'not-a-backup',
    place,
    cause: `this is no NetHSM backup file: ${why}`,
    remedy: 'Check the name of the file',
  });

const damagedHeader = (place: string, why: string): Problem =>
  new Problem({
    kind: 'damaged',
    place,
    cause: `the head of the backup is damaged: ${why}`,
    remedy: 'Use another copy of the file',
  });

const wrongPassphrase = (place: string): Problem =>
  new Problem({
    kind: 'wrong-passphrase',
    place,
    cause: 'the backup passphrase does not open it (or the first bytes of the file were altered)',
    remedy: 'Use the backup passphrase that was set on the device when the file was made',
  });
