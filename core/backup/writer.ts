import { createSecretKey } from 'node:crypto';
import {
  type BackupEntry,
  type BackupHeader,
  END_MARK,
  ENTRY_DATA,
  headerFields,
  LENGTH_BYTES,
  MAGIC,
  MAX_LENGTH,
} from './format.ts';
import { type CipherKey, seal } from './sealing.ts';

/** Bytes that are gathered before they go out. */
const CHUNK_BYTES = 64 * 1024;

/** A zero length and the end mark: what makes a file of version 1 complete. */
export const END_OF_FILE: Buffer = Buffer.concat([Buffer.alloc(LENGTH_BYTES), END_MARK]);

/** A field with its 3-byte length in front. Throws a RangeError when it is longer than that can say. */
export function encodeField(bytes: Uint8Array): Buffer {
  if (bytes.length > MAX_LENGTH) throw new RangeError(`a field of ${bytes.length} bytes does not fit a backup`);
  const field = Buffer.allocUnsafe(LENGTH_BYTES + bytes.length);
  field.writeUIntBE(bytes.length, 0, LENGTH_BYTES);
  field.set(bytes, LENGTH_BYTES);
  return field;
}

/** A header, sealed afresh under the backup passphrase's key, as the device writes it. */
export function encodeHeader(header: Omit<BackupHeader, 'raw'>, backupKey: CipherKey): Buffer {
  const values = {
    version: Buffer.from([header.version]),
    lockedDomainKey: header.lockedDomainKey,
    deviceId: Buffer.from(header.deviceId ?? ''),
    configStoreKey: header.configStoreKey ?? Buffer.alloc(0),
  };
  return Buffer.concat([
    MAGIC,
    values.version,
    encodeField(header.salt),
    ...headerFields(header.version).map((field) =>
      encodeField(seal(backupKey, values[field.name], field.additionalData)),
    ),
  ]);
}

/** An entry, sealed under the backup passphrase's key, with its length in front. */
export function encodeEntry(backupKey: CipherKey, path: string, value: Uint8Array): Buffer {
  return encodeField(seal(backupKey, Buffer.concat([encodeField(Buffer.from(path)), value]), ENTRY_DATA));
}

/**
 * A whole backup file, complete with its end mark in version 1, in chunks of about 64 kB.
 * The header goes out as it is: `header.raw`, or one made by {@link encodeHeader}.
 */
export async function* writeBackup(
  header: Pick<BackupHeader, 'version' | 'raw'>,
  backupKey: CipherKey,
  entries: AsyncIterable<BackupEntry> | Iterable<BackupEntry>,
): AsyncGenerator<Buffer> {
  const key = Buffer.isBuffer(backupKey) ? createSecretKey(backupKey) : backupKey;
  let pieces: Buffer[] = [header.raw];
  let bytes = header.raw.length;
  for await (const { path, value } of entries) {
    const piece = encodeEntry(key, path, value);
    pieces.push(piece);
    bytes += piece.length;
    if (bytes < CHUNK_BYTES) continue;
    yield Buffer.concat(pieces, bytes);
    pieces = [];
    bytes = 0;
  }
  if (header.version === 1) pieces.push(END_OF_FILE);
  yield Buffer.concat(pieces);
}
