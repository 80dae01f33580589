import { randomBytes } from 'node:crypto';
import { seal } from '../../backup/sealing.ts';
import { createNewFile } from '../../new-file.ts';
import type { SealedEntry } from '../sealed-entry.ts';
import { archiveKey } from './archive-key.ts';
import { entriesDigest } from './digest.ts';
import {
  ARCHIVE_MAGIC,
  ARCHIVE_VERSION,
  type ArchiveHead,
  type ArchiveInventory,
  LENGTH_BYTES,
  type RecordKind,
  recordData,
  SALT_BYTES,
} from './format.ts';

const CHUNK_BYTES = 64 * 1024;

/** An archive that is being written. */
export interface ArchiveWriter {
  /** Adds an entry; gives a promise only when it is time to wait for the disk. */
  put(entry: SealedEntry): void | Promise<void>;
  /** Writes the inventory: the archive is whole, and can be verified as {@link draft}. */
  finish(inventory: Omit<ArchiveInventory, 'keys' | 'digest'>): Promise<ArchiveInventory>;
  readonly draft: string;
  /** Puts the finished archive in its place. */
  commit(): Promise<void>;
  /** Takes everything back; after {@link commit} it does nothing. */
  abandon(): Promise<void>;
}

/** Begins an archive at a path where nothing is yet. Throws a Problem `exists` or `unexpected`. */
export async function createArchive(path: string, head: ArchiveHead, passphrase: string): Promise<ArchiveWriter> {
  const file = await createNewFile(path);
  const salt = randomBytes(SALT_BYTES);
  const key = await archiveKey(passphrase, salt);
  const digest = entriesDigest();
  /** What waits to be written. It is on the disk before more comes, so that all goes through the same memory. */
  let chunk = Buffer.alloc(2 * CHUNK_BYTES);
  let bytes = 0;
  let writing = false;
  let keys = 0;
  let number = 0;

  const add = (piece: Uint8Array): void => {
    if (writing) throw new RangeError('an entry came before the last chunk was written');
    if (bytes + piece.length > chunk.length) chunk = Buffer.concat([chunk], 2 * (bytes + piece.length));
    chunk.set(piece, bytes);
    bytes += piece.length;
  };
  const length = Buffer.alloc(LENGTH_BYTES);
  const addLength = (value: number): void => {
    length.writeUInt32BE(value);
    add(length);
  };
  const record = (kind: RecordKind, plain: Buffer): void => {
    const sealed = seal(key, plain, recordData(kind, number++));
    addLength(sealed.length);
    add(sealed);
  };
  const flush = async (): Promise<void> => {
    writing = true;
    await file.write(chunk.subarray(0, bytes));
    writing = false;
    bytes = 0;
  };

  for (const piece of [ARCHIVE_MAGIC, Buffer.from([ARCHIVE_VERSION]), salt]) add(piece);
  record('head', Buffer.from(JSON.stringify(head)));
  return {
    put(entry) {
      const path = Buffer.from(entry.path);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(path.length);
      record('entry', Buffer.concat([length, path, entry.value]));
      digest.add(entry);
      if (entry.kind === 'key') keys += 1;
      if (bytes >= CHUNK_BYTES) return flush();
    },
    async finish(rest) {
      const inventory = { ...rest, keys, digest: digest.hex() };
      addLength(0);
      record('inventory', Buffer.from(JSON.stringify(inventory)));
      await flush();
      return inventory;
    },
    draft: file.draft,
    commit: file.commit,
    abandon: file.abandon,
  };
}
