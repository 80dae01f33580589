import { createReadStream } from 'node:fs';
import { Problem } from '../problem.ts';
import type { BackupEntry } from './format.ts';
import type { BackupKeySource } from './header.ts';
import { type ParsedPath, parsePath } from './paths.ts';
import { openBackup, type ReadOptions } from './reader.ts';
import { type StoreKeys, storeKeys, unlockDomainKey, unlockSaltPath } from './unseal.ts';

/** A backup that can be read more than once: the unlock salt stands behind the keys that it is needed for. */
export type BackupSource = () => AsyncIterable<Uint8Array>;

/** Bytes that are read from a file at once. */
const READ_BYTES = 256 * 1024;

/** A file as a source. Reading throws `not-found`, or `unexpected` with the system's code. */
export const backupFile = (path: string): BackupSource =>
  async function* () {
    try {
      yield* createReadStream(path, { highWaterMark: READ_BYTES });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const isMissing = code === 'ENOENT';
      const cause = isMissing ? 'there is no such file' : `it can not be read (${code})`;
      const remedy = 'Check the name of the file and the right to read it';
      throw new Problem({ kind: isMissing ? 'not-found' : 'unexpected', place: path, cause, remedy }, { cause: error });
    }
  };

/** An entry and what its path means. */
export interface BrowsedEntry extends BackupEntry {
  parsed: ParsedPath;
}

/** The entries of a backup with their paths read, in batches, in flat memory. */
export async function* browse(batches: AsyncIterable<BackupEntry[]>): AsyncGenerator<BrowsedEntry[]> {
  for await (const batch of batches) {
    yield batch.map(({ path, value }) => ({ path, value, parsed: parsePath(path) }));
  }
}

/**
 * The keys that open the sealed values of a backup, got with the unlock passphrase. Reads as far as the unlock salt.
 * Throws `damaged` when the file has none, `wrong-passphrase` when it does not fit, and what {@link openBackup} throws.
 */
export async function unlockStores(
  source: BackupSource,
  key: BackupKeySource,
  unlockPassphrase: string,
  options: ReadOptions,
): Promise<StoreKeys> {
  const { header, batches } = await openBackup(source(), key, options);
  const path = unlockSaltPath(header);
  for await (const batch of batches) {
    const salt = batch.find((entry) => entry.path === path);
    if (salt !== undefined) {
      return storeKeys(await unlockDomainKey(header, salt, unlockPassphrase, options.place));
    }
  }
  throw new Problem({
    kind: 'damaged',
    place: options.place,
    cause: `the backup has no unlock salt at ${path}`,
    remedy: 'Without it no passphrase opens what is sealed: use another backup',
  });
}
