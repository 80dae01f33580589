/** Rebuilds the restore files of the recordings from what their `from` says. */

import type { BackupEntry } from '../../core/backup/format.ts';
import { openBackup } from '../../core/backup/reader.ts';
import type { SecretKey } from '../../core/backup/sealing.ts';
import { END_OF_FILE, encodeEntry } from '../../core/backup/writer.ts';

/** The backups taken in a scenario so far, by the names of their steps. */
export type Backups = ReadonlyMap<string, Buffer>;

interface Opened {
  head: Buffer;
  key: SecretKey;
  entries: BackupEntry[];
}

const PASSPHRASES = ['backupPassphrase', 'backupPassphrase2'];
const keys = new Map<string, { backupKey: SecretKey; salt: Buffer }>();

async function open(name: string, backups: Backups): Promise<Opened> {
  const file = backups.get(name);
  if (file === undefined) throw new Error(`no backup ${name} was taken`);
  const salt = file.subarray(19, 35).toString('hex');
  for (const source of keys.has(salt) ? [keys.get(salt)] : PASSPHRASES.map((passphrase) => ({ passphrase }))) {
    try {
      const { header, backupKey, batches } = await openBackup(chunks(file), source as { passphrase: string }, {
        place: name,
      });
      keys.set(salt, { backupKey, salt: header.salt });
      const entries: BackupEntry[] = [];
      for await (const batch of batches) entries.push(...batch);
      return { head: header.raw, key: backupKey, entries };
    } catch (error) {
      if ((error as { kind?: string }).kind !== 'wrong-passphrase') throw error;
    }
  }
  throw new Error(`no passphrase opens ${name}`);
}

async function* chunks(file: Buffer): AsyncGenerator<Buffer> {
  yield file;
}

const OTHER_MARK = Buffer.concat([Buffer.alloc(3), Buffer.from('not_the_end_mark_19')]);

/** Entries as a phrase asks for them, of the backup that it names or of the one whose head is used. */
async function entriesFor(phrase: string, head: string, backups: Backups): Promise<BackupEntry[]> {
  const named = / of (b[AB]\d*)/.exec(phrase)?.[1] ?? head;
  const { entries } = await open(named, backups);
  const at = (path: string): BackupEntry => {
    const entry = entries.find((other) => other.path === path);
    if (entry === undefined) throw new Error(`${named} has no ${path}`);
    return entry;
  };
  if (phrase.includes('that no key opens')) return [{ path: '/key/.ns1/junk', value: Buffer.alloc(200, 7) }];
  if (phrase.includes('of 16 bytes')) return [{ path: '/config/backup-salt', value: Buffer.alloc(16, 9) }];
  if (phrase.includes('outside the three stores')) return [{ path: '/elsewhere/x', value: Buffer.from('x') }];
  const renamed = /the value of (\S+) under the path (\S+)/.exec(phrase);
  if (renamed !== null) {
    const { value } = (await open('bA1', backups)).entries.find((entry) => entry.path === renamed[1]) as BackupEntry;
    return [{ path: renamed[2] as string, value }];
  }
  const range = /(\/key\/\S+\/)a1\.\.a3/.exec(phrase);
  if (range !== null) return ['a1', 'a2', 'a3'].map((id) => at(`${range[1]}${id}`));
  const paths = phrase.match(/\/(?:key|namespace|authentication|local)\/[^\s,]+/g) ?? [];
  return paths.flatMap((path) =>
    path.endsWith('*') ? entries.filter((entry) => entry.path.startsWith(path.slice(0, -1))) : [at(path)],
  );
}

async function headed(phrase: string, backups: Backups): Promise<Buffer> {
  const [, name = '', rest = ''] = /^head of (b[AB]\d*)(.*)$/.exec(phrase) ?? [];
  const { head, key } = await open(name, backups);
  const parts = rest
    .replaceAll(/ \([^)]*\)/g, '')
    .split(' + ')
    .filter((part) => /\/|outside/.test(part));
  const entries = (await Promise.all(parts.map((part) => entriesFor(part, name, backups)))).flat();
  const body = Buffer.concat([head, ...entries.map(({ path, value }) => encodeEntry(key, path, value))]);
  if (phrase.includes('cut before the end mark')) return body;
  if (phrase.includes('cut 40 bytes into the last entry')) {
    const last = entries.at(-1) as BackupEntry;
    return body.subarray(0, body.length - encodeEntry(key, last.path, last.value).length + 40);
  }
  return Buffer.concat([body, OTHER_MARK]);
}

/** The file that a phrase describes; `previous` is the last one that the scenario sent. */
export async function buildFile(phrase: string, backups: Backups, previous: Buffer): Promise<Buffer> {
  const file = Buffer.from(previous);
  if (phrase === 'the same with version byte 2') {
    file[15] = 2;
    return file;
  }
  if (phrase === 'the same with another magic') {
    file.write('X');
    return file;
  }
  if (phrase.startsWith('the same') || phrase === 'as before') return file;
  if (phrase.startsWith('head of')) return headed(phrase, backups);
  const cut = /^(b[AB]\d*)\[0:(\d+)\]$/.exec(phrase);
  if (cut !== null) return (backups.get(cut[1] as string) as Buffer).subarray(0, Number(cut[2]));
  const shortened = /^(b[AB]\d*) without its last (\d+) bytes$/.exec(phrase);
  if (shortened !== null) return (backups.get(shortened[1] as string) as Buffer).subarray(0, -Number(shortened[2]));
  const without = /^(b[AB]\d*) without (\S+), proper trailer$/.exec(phrase);
  if (without !== null) {
    const { head, key, entries } = await open(without[1] as string, backups);
    const kept = entries.filter(({ path }) => path !== without[2]);
    return Buffer.concat([head, ...kept.map(({ path, value }) => encodeEntry(key, path, value)), END_OF_FILE]);
  }
  const whole = backups.get(phrase);
  if (whole === undefined) throw new Error(`unknown file: ${phrase}`);
  return whole;
}
