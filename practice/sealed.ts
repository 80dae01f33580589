import { createHash } from 'node:crypto';
import { type SecretKey, seal, storeKey, unseal } from '../core/backup/sealing.ts';
import { refuse } from './answer.ts';
import type { PracticeNode } from './node.ts';
import { decodeStored, encodeStored } from './stored-json.ts';
import type { Change } from './write.ts';

type SealedName = 'key' | 'authentication' | 'namespace';

const keys = new WeakMap<SecretKey, Map<SealedName, SecretKey>>();

function keyOf(domainKey: SecretKey, name: SealedName): SecretKey {
  const byName = keys.get(domainKey) ?? new Map<SealedName, SecretKey>();
  keys.set(domainKey, byName);
  const key = byName.get(name) ?? storeKey(domainKey, name);
  byName.set(name, key);
  return key;
}

const storeOf = (path: string): SealedName => path.split('/', 2)[1] as SealedName;

/** The node's Domain Key; the routes let nobody here while it is locked. */
export function domainKeyOf(node: PracticeNode): SecretKey {
  return node.domainKey ?? refuse(412, 'Service not available');
}

/** A value of the three stores, sealed afresh under its path. */
export function sealedEntry(domainKey: SecretKey, path: string, value: unknown): Change {
  return { path, value: seal(keyOf(domainKey, storeOf(path)), encodeStored(value), path) };
}

/** Reads a value of the three stores: absent, unreadable, or the value. */
export function readSealed(node: PracticeNode, path: string): { value: unknown } | 'unreadable' | undefined {
  const stored = node.machine.store.get(path);
  if (stored === undefined) return undefined;
  const opened = unseal(keyOf(domainKeyOf(node), storeOf(path)), stored, path);
  if (opened === undefined) return 'unreadable';
  try {
    return { value: decodeStored(opened) };
  } catch {
    return 'unreadable';
  }
}

/** The ETag of an entry: the SHA-256 of what is stored, in hex, in hex again (the recordings show this form). */
export function etagOf(node: PracticeNode, path: string): string | undefined {
  const stored = node.machine.store.get(path);
  if (stored === undefined) return undefined;
  return `"${Buffer.from(createHash('sha256').update(stored).digest('hex')).toString('hex')}"`;
}

/** What the device says of an entry that it can't open (recordings 10 and 19). */
export const UNREADABLE = 'Could not read from database. Check logs.';
