/** Takes backups apart and puts files together, also such as no honest program makes. */

import type { BackupEntry } from '../../core/backup/format.ts';
import { entriesOf, openBackup } from '../../core/backup/reader.ts';
import type { SecretKey } from '../../core/backup/sealing.ts';
import { END_OF_FILE, encodeEntry } from '../../core/backup/writer.ts';

/** A backup in its parts. */
export interface Parts {
  head: Buffer;
  key: SecretKey;
  entries: BackupEntry[];
}

/** A zero length and 19 bytes that are not the end mark. */
export const OTHER_MARK = Buffer.concat([Buffer.alloc(3), Buffer.alloc(19, 'x')]);
export { END_OF_FILE };

/** Takes a backup apart. */
export async function takeApart(file: Buffer, passphrase = 'backupPassphrase'): Promise<Parts> {
  const whole = (async function* () {
    yield file;
  })();
  const { header, backupKey, batches } = await openBackup(whole, { passphrase }, { place: 'the backup', order: 'any' });
  const entries: BackupEntry[] = [];
  for await (const entry of entriesOf(batches)) entries.push(entry);
  return { head: header.raw, key: backupKey, entries };
}

/** Puts a file together from a head, entries and an end. */
export const putTogether = ({ head, key }: Parts, entries: readonly BackupEntry[], end: Buffer): Buffer =>
  Buffer.concat([head, ...entries.map(({ path, value }) => encodeEntry(key, path, value)), end]);

/** Entries whose path begins so. */
export const under = ({ entries }: Parts, prefix: string): BackupEntry[] =>
  entries.filter(({ path }) => path.startsWith(prefix));
