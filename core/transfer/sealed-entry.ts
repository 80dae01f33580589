import { type EntryPath, keyPath, parsePath, userPath } from '../backup/paths.ts';
import type { KeyId, Namespace, UserName } from '../names.ts';

/** A key or a user as it travels: its path built by us, its value as the device sealed it. */
export type SealedEntry = { path: EntryPath; value: Buffer } & (
  | { kind: 'key'; id: KeyId }
  | { kind: 'user'; name: UserName }
);

/** A sealed key; the value must have been read under just this namespace and id, else the device can't open it. */
export const sealedKey = (namespace: Namespace, id: KeyId, value: Buffer): SealedEntry => ({
  kind: 'key',
  id,
  path: keyPath(namespace, id),
  value,
});

/** A sealed user of a namespace. */
export const sealedUser = (namespace: Namespace, name: UserName, value: Buffer): SealedEntry => ({
  kind: 'user',
  name,
  path: userPath(namespace, name),
  value,
});

/** The entry of a path that was an entry's before; a RangeError for any other. */
export function sealedEntry(text: string, value: Buffer): SealedEntry {
  const path = parsePath(text);
  if (path.kind === 'key') return sealedKey(path.namespace, path.id, value);
  if (path.kind === 'user') return sealedUser(path.namespace, path.name, value);
  throw new RangeError(`${text} is no entry that travels`);
}

/** What people call it. */
export const entryTitle = (entry: SealedEntry): string => (entry.kind === 'key' ? entry.id : `user ${entry.name}`);
