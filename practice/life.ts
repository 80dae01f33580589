import { randomBytes } from 'node:crypto';
import { LOCKED_DOMAIN_KEY_DATA, type SecretKey, seal, storeKey, unseal } from '../core/backup/sealing.ts';
import { derivedKey } from './derive.ts';
import { domainKeyEntry, localEntry, readLocal, readLockedDomainKey, SEALED_FOLDERS } from './layout.ts';
import type { PracticeNode } from './node.ts';
import { credentials, userEntry } from './users.ts';
import { type Change, commit, writeTransaction } from './write.ts';

/** What `POST /provision` is given. */
export interface Provisioning {
  unlockPassphrase: string;
  adminPassphrase: string;
  /** Milliseconds since 1970. */
  systemTime: number;
}

/** Makes a Domain Key and the first administrator; the node is Operational afterwards. */
export async function provision(node: PracticeNode, wanted: Provisioning): Promise<void> {
  node.timeOffset = wanted.systemTime - node.machine.now();
  const domainKey = randomBytes(32);
  const locked = await lockDomainKey(node, domainKey, wanted.unlockPassphrase);
  node.domainKey = domainKey;
  const admin = { id: 'admin', realName: 'admin', role: 'Administrator', tags: [] } as const;
  commit(node, [
    { path: '/.initialized', value: Buffer.alloc(0) },
    { path: '/config/version', value: Buffer.from(String(node.machine.release.format)) },
    ...SEALED_FOLDERS.map((folder) => versionEntry(domainKey, folder)),
    ...locked,
    localEntry(node, 'time-offset', Buffer.from(String(Math.round(node.timeOffset / 1000)))),
    userEntry(node, { ...admin, tags: [], ...credentials(wanted.adminPassphrase) }),
  ]);
  node.health = 'Operational';
  joinOthers(node);
}

/** The other nodes of the machine come up with what the first has, as after a join: same unlock passphrase, same keys. */
export function joinOthers(node: PracticeNode): void {
  const salt = readLocal(node, 'unlock-salt');
  const locked = readLockedDomainKey(node);
  for (const other of node.machine.nodes) {
    if (other === node || salt === undefined || locked === undefined) continue;
    writeTransaction(other, [localEntry(other, 'unlock-salt', salt), domainKeyEntry(other, locked)]);
    other.timeOffset = node.timeOffset;
    other.domainKey = node.domainKey;
    other.health = node.health;
  }
}

const storeName = (folder: (typeof SEALED_FOLDERS)[number]) =>
  folder.slice(1, -1) as 'key' | 'authentication' | 'namespace';

function versionEntry(domainKey: SecretKey, folder: (typeof SEALED_FOLDERS)[number]): Change {
  const path = `${folder}.version`;
  return { path, value: seal(storeKey(domainKey, storeName(folder)), Buffer.from('0'), path) };
}

/** The writes that lock a Domain Key under a passphrase with a fresh salt. */
export async function lockDomainKey(node: PracticeNode, domainKey: SecretKey, passphrase: string): Promise<Change[]> {
  const salt = randomBytes(16);
  const locked = seal(await derivedKey(passphrase, salt), domainKey, LOCKED_DOMAIN_KEY_DATA);
  return [localEntry(node, 'unlock-salt', salt), domainKeyEntry(node, locked)];
}

/** The Domain Key under a passphrase; undefined when it does not open. */
export async function openDomainKey(node: PracticeNode, passphrase: string): Promise<SecretKey | undefined> {
  const salt = readLocal(node, 'unlock-salt');
  const locked = readLockedDomainKey(node);
  if (salt === undefined || locked === undefined) return undefined;
  return unseal(await derivedKey(passphrase, salt), locked, LOCKED_DOMAIN_KEY_DATA);
}

/** Unlocks a node. `broken`: the Domain Key opened, a store's `.version` did not (hazard 3); the node stays Locked. */
export async function unlock(node: PracticeNode, passphrase: string): Promise<'open' | 'wrong' | 'broken'> {
  const domainKey = await openDomainKey(node, passphrase);
  if (domainKey === undefined) return 'wrong';
  const whole = SEALED_FOLDERS.every((folder) => {
    const path = `${folder}.version`;
    const stored = node.machine.store.get(path);
    return stored !== undefined && unseal(storeKey(domainKey, storeName(folder)), stored, path) !== undefined;
  });
  if (!whole) return 'broken';
  node.domainKey = domainKey;
  node.health = 'Operational';
  return 'open';
}

/** Locks a node: the Domain Key leaves its memory, and what it knew with it. */
export function lock(node: PracticeNode): void {
  node.domainKey = undefined;
  node.users.clear();
  node.health = 'Locked';
}
