/** Reading a restore file as the device does, with its words for what is wrong. */
import { type SecretKey, unseal } from '../core/backup/sealing.ts';
import { refuse } from './answer.ts';
import { END_MARK, MAGIC } from './backup.ts';
import { type ByteReader, byteReader } from './byte-reader.ts';
import { derivedKey } from './derive.ts';
import { readShared } from './layout.ts';
import type { PracticeNode } from './node.ts';

/** The header of a file, opened. */
export interface Header {
  version: number;
  lockedDomainKey: Buffer;
  /** Only in format 1. */
  deviceId: string | undefined;
  configStoreKey: SecretKey | undefined;
}

/** How the entries of a file ended. */
export type End = 'whole' | 'other mark' | 'cut' | 'undecryptable';

/** What was read of a file. */
export interface RestoreFile {
  header: Header;
  entries: Map<string, Buffer>;
  end: End;
}

export const CUT = 'Unexpected end of data';
export const TRUNCATED = 'The backup file was truncated. Present keys were still restored.';
export const undecryptable = (what: string): string =>
  `Could not decrypt ${what}, authentication failed. Is the passphrase correct?`;

/** Reads a file to its end, or to where it breaks; refuses what the device refuses before any effect. */
export async function readFile(
  node: PracticeNode,
  source: AsyncIterable<Buffer>,
  passphrase: string | undefined,
): Promise<RestoreFile> {
  const reader = byteReader(source);
  const { header, key } = await readHeader(node, reader, passphrase);
  const entries = new Map<string, Buffer>();
  const end = await readEntries(reader, key, header.version, entries);
  return { header, entries, end };
}

async function takeField(reader: ByteReader): Promise<Buffer> {
  const length = (await reader.take(3))?.readUIntBE(0, 3);
  const bytes = length === undefined ? undefined : await reader.take(length);
  return bytes ?? refuse(400, CUT);
}

async function readHeader(node: PracticeNode, reader: ByteReader, passphrase: string | undefined) {
  const magic = (await reader.take(MAGIC.length)) ?? refuse(400, CUT);
  if (magic.toString('latin1') !== MAGIC) refuse(400, 'Not a NetHSM backup file');
  const version = ((await reader.take(1)) ?? refuse(400, CUT))[0] as number;
  const { restores } = node.machine.release;
  if (!restores.includes(version)) {
    const expected = `server expects one of [ ${restores.join(' ')}]`;
    refuse(400, `Version mismatch on restore, provided backup version is ${version}, ${expected}`);
  }
  const salt = await takeField(reader);
  const key = passphrase === undefined ? ownKey(node, salt) : await derivedKey(passphrase, salt);
  const open = async (what: string): Promise<Buffer> =>
    unseal(key, await takeField(reader), what) ?? refuse(400, undecryptable(what));
  if ((await open('backup-version'))[0] !== version) refuse(400, undecryptable('backup-version'));
  const lockedDomainKey = await open('domain-key');
  const deviceId = version === 1 ? (await open('backup-device-id')).toString() : undefined;
  const configStoreKey = version === 1 ? await open('backup-config-store-key') : undefined;
  return { key, header: { version, lockedDomainKey, deviceId, configStoreKey } satisfies Header };
}

/** Without a passphrase the device uses its own key, if the salt is its own. */
function ownKey(node: PracticeNode, salt: Buffer): SecretKey {
  if (node.health !== 'Operational') return refuse(400, 'No backupPassphrase provided');
  const [ownSalt, key] = [readShared(node, 'backup-salt'), readShared(node, 'backup-key')];
  if (!Buffer.isBuffer(ownSalt) || !Buffer.isBuffer(key) || !ownSalt.equals(salt)) {
    return refuse(400, 'No backupPassphrase provided');
  }
  return key;
}

async function readEntries(
  reader: ByteReader,
  key: SecretKey,
  version: number,
  entries: Map<string, Buffer>,
): Promise<End> {
  for (;;) {
    if (version === 0 && (await reader.atEnd())) return 'whole';
    const length = (await reader.take(3))?.readUIntBE(0, 3);
    if (length === undefined) return 'cut';
    if (length === 0) return version === 0 ? 'undecryptable' : readEndMark(reader);
    const sealed = await reader.take(length);
    if (sealed === undefined) return 'cut';
    const entry = unseal(key, sealed, 'backup');
    if (entry === undefined) return 'undecryptable';
    const pathLength = entry.readUIntBE(0, 3);
    // A copy lies in the shared pool; what the cipher gave has its own memory, which a million of them feel.
    entries.set(entry.toString('utf8', 3, 3 + pathLength), Buffer.from(entry.subarray(3 + pathLength)));
  }
}

async function readEndMark(reader: ByteReader): Promise<End> {
  const mark = await reader.take(END_MARK.length);
  if (mark === undefined) return 'cut';
  return mark.toString('latin1') === END_MARK ? 'whole' : 'other mark';
}
