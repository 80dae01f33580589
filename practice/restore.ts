/**
 * Restoring, with every effect that FACTS and the recordings show, the ruinous ones included: the header's locked Domain
 * Key is taken over, any path is stored as it is, a right end mark removes the rest, a cut file leaves what was whole.
 */
import { type SecretKey, seal, unseal } from '../core/backup/sealing.ts';
import { type Answer, empty, failure, refuse } from './answer.ts';
import { MAGIC } from './backup.ts';
import { type ByteReader, byteReader } from './byte-reader.ts';
import { derivedKey } from './derive.ts';
import {
  type Change,
  configStoreKey,
  domainKeyEntry,
  localEntry,
  readLockedDomainKey,
  readShared,
  SEALED_FOLDERS,
} from './layout.ts';
import { lock } from './life.ts';
import type { PracticeNode } from './node.ts';

/** The arguments of a restore request. */
export interface RestoreArguments {
  backupPassphrase?: string;
  systemTime?: number;
}

interface Header {
  version: number;
  lockedDomainKey: Buffer;
  /** Only in format 1. */
  deviceId: string | undefined;
  configStoreKey: SecretKey | undefined;
}

/** How the entries of a file ended. */
type End = 'whole' | 'other mark' | 'cut' | 'undecryptable';

const CUT = 'Unexpected end of data';
const TRUNCATED = 'The backup file was truncated. Present keys were still restored.';
const undecryptable = (what: string): string =>
  `Could not decrypt ${what}, authentication failed. Is the passphrase correct?`;

/** Restores a file on a node. Throws refusals before any effect; the answer tells how it went afterwards. */
export async function restoreFile(
  node: PracticeNode,
  source: AsyncIterable<Buffer>,
  given: RestoreArguments,
): Promise<Answer> {
  const reader = byteReader(source);
  const { header, key } = await readHeader(node, reader, given.backupPassphrase);
  const staged = new Map<string, Buffer>();
  const end = await readEntries(reader, key, header.version, staged);
  if (node.health === 'Unprovisioned') {
    if (end === 'cut') return failure(400, CUT);
    if (end !== 'whole') return failure(400, end === 'other mark' ? TRUNCATED : undecryptable('backup'));
    takeOver(node, header, staged);
  } else apply(node, header, staged, end === 'whole');
  if (given.systemTime !== undefined) node.timeOffset = given.systemTime - node.machine.now();
  if (end === 'cut') return failure(400, CUT);
  if (end === 'undecryptable') return failure(400, undecryptable('backup'));
  return end === 'whole' ? empty(204) : failure(400, TRUNCATED);
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
  const config = version === 1 ? await open('backup-config-store-key') : undefined;
  return { key, header: { version, lockedDomainKey, deviceId, configStoreKey: config } satisfies Header };
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
  staged: Map<string, Buffer>,
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
    staged.set(entry.subarray(3, 3 + pathLength).toString(), entry.subarray(3 + pathLength));
  }
}

const END_MARK_BYTES = 19;

async function readEndMark(reader: ByteReader): Promise<End> {
  const mark = await reader.take(END_MARK_BYTES);
  if (mark === undefined) return 'cut';
  return mark.toString('latin1') === '_NETHSM_BACKUP_END_' ? 'whole' : 'other mark';
}

const isSealed = (path: string): boolean => SEALED_FOLDERS.some((folder) => path.startsWith(folder));
const SHARED = ['/config/backup-salt', '/config/backup-key', '/config/cluster-ca'];

/** Takes the file's entries on an operational node. */
function apply(node: PracticeNode, header: Header, staged: Map<string, Buffer>, removeOthers: boolean): void {
  const { store } = node.machine;
  const changes: Change[] = [];
  for (const [path, value] of staged) {
    if (isSealed(path) || (SHARED.includes(path) && header.version === node.machine.release.format)) {
      changes.push({ path, value });
    } else {
      const salt = unlockSalt(header, path, value);
      if (salt !== undefined) changes.push(localEntry(node, 'unlock-salt', salt));
    }
  }
  if (removeOthers) {
    for (const { path } of store.snapshot().scan()) {
      if (isSealed(path) && !staged.has(path)) changes.push({ path, value: undefined });
    }
  }
  const locked = readLockedDomainKey(node);
  const foreign = locked === undefined || !locked.equals(header.lockedDomainKey);
  if (foreign) changes.push(domainKeyEntry(node, header.lockedDomainKey));
  // Hazard 2: the configuration of the node that the header is of, if it is one of this cluster.
  if (header.deviceId !== undefined && header.deviceId !== node.deviceId) {
    for (const { path } of store.snapshot().scan(`/local/${header.deviceId}/`))
      changes.push({ path, value: undefined });
  }
  write(node, changes);
  node.users.clear();
  if (foreign) lock(node);
}

/** The unlock salt of a file: sealed under its own configuration key and path, plain in format 0. */
function unlockSalt(header: Header, path: string, value: Buffer): Buffer | undefined {
  if (header.configStoreKey === undefined) return path === '/config/unlock-salt' ? value : undefined;
  if (path !== `/local/${header.deviceId}/config/unlock-salt`) return undefined;
  return unseal(header.configStoreKey, value, path);
}

/** Takes everything on a node that has nothing: it becomes a device of the file's domain, Locked. */
function takeOver(node: PracticeNode, header: Header, staged: Map<string, Buffer>): void {
  const changes: Change[] = [domainKeyEntry(node, header.lockedDomainKey)];
  const local = `/local/${header.deviceId}/config/`;
  for (const [path, value] of staged) {
    if (!path.startsWith('/local/') && path !== '/domain-key/attended') changes.push({ path, value });
    else if (path.startsWith(local) && !KEPT.includes(path.slice(local.length))) {
      changes.push(localAgain(node, header, path, value, path.slice(local.length)));
    }
  }
  write(node, changes);
  lock(node);
}

/** A node keeps the TLS identity that it answers with. */
const KEPT = ['certificate', 'private-key'];

function localAgain(node: PracticeNode, header: Header, path: string, value: Buffer, name: string): Change {
  const own = node.machine.release.format === 1 ? `/local/${node.deviceId}/config/${name}` : `/config/${name}`;
  const plain = unseal(header.configStoreKey as SecretKey, value, path);
  if (plain === undefined) return { path: own, value };
  return { path: own, value: node.machine.release.format === 1 ? seal(configStoreKey(node), plain, own) : plain };
}

const TRANSACTION_ENTRIES = 512;

/** Transactions of 512 entries, the last block first; `kv write` rises by one for all of them (FACTS, Finding changes). */
function write(node: PracticeNode, changes: Change[]): void {
  for (let end = changes.length; end > 0; end -= TRANSACTION_ENTRIES) {
    for (const { path, value } of changes.slice(Math.max(0, end - TRANSACTION_ENTRIES), end)) {
      if (value === undefined) node.machine.store.delete(path);
      else node.machine.store.set(path, value);
    }
  }
  node.metrics.kvWrite++;
}
