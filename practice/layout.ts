/**
 * Where things lie in the store and how they are sealed, as in real backups: `/config/…` under the Domain Key,
 * `/local/<device id>/…` under keys of the device (format 1); all of it under `/config/` and, in a backup, plain (format 0).
 */
import { createHash } from 'node:crypto';
import { type SecretKey, seal, storeKey, unseal } from '../core/backup/sealing.ts';
import type { PracticeNode } from './node.ts';
import type { Change } from './write.ts';

/** Configuration that belongs to one node. */
export const LOCAL_NAMES = [
  'certificate',
  'private-key',
  'time-offset',
  'unlock-salt',
  'log-config',
  'ip-config',
  'unattended-boot',
] as const;
export type LocalName = (typeof LOCAL_NAMES)[number];
/** Configuration that nodes share. */
export type SharedName = 'backup-key' | 'backup-salt' | 'cluster-ca';

/** The three stores under the Domain Key, whose entries a restore takes and removes. */
export const SEALED_FOLDERS = ['/authentication/', '/key/', '/namespace/'] as const;

/** The key of a node's local configuration; goes into the header of its backups. */
export const configStoreKey = (node: PracticeNode): SecretKey => storeKey(node.deviceKey, 'config');

const domainKeyStoreKey = (node: PracticeNode): SecretKey =>
  createHash('sha256').update(node.deviceKey).update('domain_key_store').digest();

const folder = (node: PracticeNode): string => (node.machine.release.format === 1 ? `/local/${node.deviceId}` : '');

/** The path of a node's own configuration entry. */
export const localPath = (node: PracticeNode, name: LocalName): string => `${folder(node)}/config/${name}`;
/** The path of the locked Domain Key. */
export const domainKeyPath = (node: PracticeNode): string => `${folder(node)}/domain-key/attended`;

/** A node's own configuration value, sealed for the store. */
export function localEntry(node: PracticeNode, name: LocalName, value: Buffer): Change {
  const path = localPath(node, name);
  return { path, value: node.machine.release.format === 1 ? seal(configStoreKey(node), value, path) : value };
}

/** Reads a node's own configuration; undefined when absent or unreadable. */
export function readLocal(node: PracticeNode, name: LocalName): Buffer | undefined {
  const path = localPath(node, name);
  const stored = node.machine.store.get(path);
  if (stored === undefined || node.machine.release.format === 0) return stored;
  return unseal(configStoreKey(node), stored, path);
}

/** A shared configuration value, sealed under the Domain Key. */
export function sharedEntry(node: PracticeNode, domainKey: SecretKey, name: SharedName, value: Buffer): Change {
  const path = `/config/${name}`;
  return { path, value: node.machine.release.format === 1 ? seal(storeKey(domainKey, 'config'), value, path) : value };
}

/** Reads a shared configuration value: absent, unreadable (`'corrupt'`), or the value. */
export function readShared(node: PracticeNode, name: SharedName): Buffer | 'corrupt' | undefined {
  const path = `/config/${name}`;
  const stored = node.machine.store.get(path);
  if (stored === undefined || node.machine.release.format === 0) return stored;
  if (node.domainKey === undefined) return 'corrupt';
  return unseal(storeKey(node.domainKey, 'config'), stored, path) ?? 'corrupt';
}

/** The locked Domain Key, sealed for the store. */
export function domainKeyEntry(node: PracticeNode, locked: Buffer): Change {
  const path = domainKeyPath(node);
  return { path, value: seal(domainKeyStoreKey(node), locked, path) };
}

/** The locked Domain Key as a backup's header carries it. */
export function readLockedDomainKey(node: PracticeNode): Buffer | undefined {
  const path = domainKeyPath(node);
  const stored = node.machine.store.get(path);
  return stored === undefined ? undefined : unseal(domainKeyStoreKey(node), stored, path);
}
