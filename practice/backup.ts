/** Writing a backup file, streaming, from a snapshot of the store (FACTS, Backup file). */
import { type SecretKey, seal } from '../core/backup/sealing.ts';
import { refuse } from './answer.ts';
import { configStoreKey, readLockedDomainKey, readShared } from './layout.ts';
import type { PracticeNode } from './node.ts';
import { createSealer, type Sealer } from './sealer.ts';

export const MAGIC = '_NETHSM_BACKUP_';
export const END_MARK = '_NETHSM_BACKUP_END_';

/** Bytes with their length in three bytes in front. */
export function field(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(3);
  length.writeUIntBE(bytes.length, 0, 3);
  return Buffer.concat([length, bytes]);
}

const ENTRY_DATA = Buffer.from('backup');

/** An entry as it stands in the file. */
const entryField = (seal: Sealer, path: string, value: Buffer): Buffer =>
  field(seal(ENTRY_DATA, Buffer.concat([field(Buffer.from(path)), value])));

/** What a backup can't be made without; refuses as recordings 09 and 18 show. */
export function backupKeyOf(node: PracticeNode): { key: Buffer; salt: Buffer } {
  const [salt, key] = [readShared(node, 'backup-salt'), readShared(node, 'backup-key')];
  if (salt === 'corrupt' || key === 'corrupt') return refuse(500, 'Corrupted database.');
  if (salt === undefined || key === undefined) {
    return refuse(412, 'Please configure backup key before doing a backup.');
  }
  return { salt, key };
}

function header(node: PracticeNode, key: SecretKey, salt: Buffer): Buffer {
  const { format } = node.machine.release;
  const locked = readLockedDomainKey(node) ?? refuse(500, 'Corrupted database.');
  const version = Buffer.of(format);
  const parts = [field(salt), field(seal(key, version, 'backup-version')), field(seal(key, locked, 'domain-key'))];
  if (format === 1) {
    parts.push(field(seal(key, Buffer.from(node.deviceId), 'backup-device-id')));
    parts.push(field(seal(key, configStoreKey(node), 'backup-config-store-key')));
  }
  return Buffer.concat([Buffer.from(MAGIC), version, ...parts]);
}

const CHUNK_BYTES = 64 * 1024;

/** The backup of a node, in chunks of about 64 KB; the store may change meanwhile. */
export async function* makeBackup(node: PracticeNode): AsyncGenerator<Buffer> {
  const { key, salt } = backupKeyOf(node);
  const sealer = createSealer(key);
  let parts = [header(node, key, salt)];
  let size = 0;
  for (const { path, value } of node.machine.store.snapshot().scan()) {
    if (!belongs(node, path)) continue;
    const entry = entryField(sealer, path, value);
    parts.push(entry);
    size += entry.length;
    if (size < CHUNK_BYTES) continue;
    yield Buffer.concat(parts);
    [parts, size] = [[], 0];
  }
  if (node.machine.release.format === 1) parts.push(Buffer.alloc(3), Buffer.from(END_MARK));
  yield Buffer.concat(parts);
}

/** Of what belongs to one device, only the node's own goes into its backup. */
const belongs = (node: PracticeNode, path: string): boolean =>
  !path.startsWith('/local/') || path.startsWith(`/local/${node.deviceId}/`);
