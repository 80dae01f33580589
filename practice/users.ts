import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { PracticeNode } from './node.ts';
import { domainKeyOf, readSealed, sealedEntry } from './sealed.ts';
import { fromBytes, toBytes } from './stored-json.ts';
import type { Change } from './write.ts';

export const ROLES = ['Administrator', 'Operator', 'Metrics', 'Backup'] as const;
export type Role = (typeof ROLES)[number];

/** A user as stored. */
export interface Account {
  /** `name` or `namespace~name`. */
  id: string;
  realName: string;
  role: Role;
  tags: string[];
  /** One byte a character, as in the stored JSON. */
  salt: string;
  digest: string;
}

interface StoredUser {
  name: string;
  salt: string;
  digest: string;
  role: Role;
  tags: string[];
}

/** How long a node may go on with what it knew of a user (FACTS, Concurrency). */
const CACHE_MS = 10_000;

export const userPath = (id: string): string => `/authentication/${id}`;
/** The namespace of a user id, `''` for root. */
export const namespaceOf = (id: string): string => (id.includes('~') ? (id.split('~', 1)[0] as string) : '');
/** Whether the namespace of that name has its marker. */
export const namespaceExists = (node: PracticeNode, namespace: string): boolean =>
  node.machine.store.has(`/namespace/${namespace}`);

const digestOf = (passphrase: string, salt: Buffer): Buffer => createHmac('sha256', salt).update(passphrase).digest();

/** Salt and digest for a passphrase. */
export function credentials(passphrase: string): { salt: string; digest: string } {
  const salt = randomBytes(16);
  return { salt: salt.toString('latin1'), digest: digestOf(passphrase, salt).toString('latin1') };
}

/** Whether the passphrase is the user's. */
export const passphraseMatches = (account: Account, passphrase: string): boolean =>
  timingSafeEqual(digestOf(passphrase, Buffer.from(account.salt, 'latin1')), Buffer.from(account.digest, 'latin1'));

/** Reads a user from the store, past the cache. */
export function readUser(node: PracticeNode, id: string): Account | 'unreadable' | undefined {
  const read = readSealed(node, userPath(id));
  if (read === undefined || read === 'unreadable') return read;
  const { name, salt, digest, role, tags } = read.value as StoredUser;
  return { id, realName: fromBytes(name), role, tags: tags.map(fromBytes), salt, digest };
}

/** The user as this node knows him, perhaps of up to ten seconds ago. */
export function knownUser(node: PracticeNode, id: string): Account | undefined {
  const cached = node.users.get(id);
  if (cached !== undefined && cached.until > node.machine.now()) return cached.account;
  const account = readUser(node, id);
  if (account === undefined || account === 'unreadable') {
    node.users.delete(id);
    return undefined;
  }
  node.users.set(id, { account, until: node.machine.now() + CACHE_MS });
  return account;
}

/** The write that stores a user; this node knows of it at once. */
export function userEntry(node: PracticeNode, account: Account): Change {
  node.users.delete(account.id);
  const { realName, salt, digest, role, tags } = account;
  const stored: StoredUser = { name: toBytes(realName), salt, digest, role, tags: tags.map(toBytes).toSorted() };
  return sealedEntry(domainKeyOf(node), userPath(account.id), stored);
}
