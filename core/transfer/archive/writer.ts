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
  let pieces: Buffer[] = [ARCHIVE_MAGIC, Buffer.from([ARCHIVE_VERSION]), salt];
  let bytes = 0;
  let keys = 0;
  let number = 0;

  const add = (...more: Buffer[]): void => {
    for (const piece of more) {
      pieces.push(piece);
      bytes += piece.length;
    }
  };
  const record = (kind: RecordKind, plain: Buffer): void => {
    const sealed = seal(key, plain, recordData(kind, number++));
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(sealed.length);
    add(length, sealed);
  };
  const flush = async (): Promise<void> => {
    const chunk = Buffer.concat(pieces);
    pieces = [];
    bytes = 0;
    await file.write(chunk);
  };

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
      add(Buffer.alloc(LENGTH_BYTES));
      record('inventory', Buffer.from(JSON.stringify(inventory)));
      await flush();
      return inventory;
    },
    draft: file.draft,
    commit: file.commit,
    abandon: file.abandon,
  };
}
