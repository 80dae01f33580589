import { type KeyId, type Namespace, ROOT, type UserName, userId, whyNoId } from '../names.ts';

declare const brand: unique symbol;
/**
 * The path of an entry that may travel: built from a checked namespace and id, never copied from a file
 * (hazard 3: the device stores any path as it is, and odd ones can't be removed).
 */
export type EntryPath = string & { readonly [brand]: 'entry path' };

/** The path of a key: `/key/<id>` in root, `/key/.<namespace>/<id>` in a namespace. */
export const keyPath = (namespace: Namespace, id: KeyId): EntryPath =>
  (namespace === ROOT ? `/key/${id}` : `/key/.${namespace}/${id}`) as EntryPath;

/** The path of a namespace's user. Root users never travel, so root has none. */
export function userPath(namespace: Namespace, name: UserName): EntryPath {
  if (namespace === ROOT) throw new RangeError('root users never travel');
  return `/authentication/${userId(namespace, name)}` as EntryPath;
}

/** The path of a namespace's marker. */
export function namespacePath(namespace: Namespace): EntryPath {
  if (namespace === ROOT) throw new RangeError('root has no marker');
  return `/namespace/${namespace}` as EntryPath;
}

/** What a path in a backup means. */
export type ParsedPath =
  | { kind: 'key'; namespace: Namespace; id: KeyId }
  | { kind: 'user'; namespace: Namespace; name: UserName }
  | { kind: 'namespace'; namespace: Namespace }
  | { kind: 'version'; store: SealedStore }
  | { kind: 'config'; name: string }
  | { kind: 'local'; deviceId: string; rest: string }
  | { kind: 'device'; name: 'initialized' | 'locked-domain-key' }
  | { kind: 'odd' };

/** The three stores whose values are sealed under the Domain Key, by the first part of their paths. */
export type SealedStore = 'key' | 'authentication' | 'namespace';

const ODD: ParsedPath = { kind: 'odd' };
const isId = (text: string): boolean => whyNoId(text) === undefined;

/** Reads a path; anything that no device writes by itself is `odd` (doubled slashes, dot names, foreign stores). */
export function parsePath(path: string): ParsedPath {
  if (path === '/.initialized') return { kind: 'device', name: 'initialized' };
  if (path === '/domain-key/attended') return { kind: 'device', name: 'locked-domain-key' };
  if (path.startsWith(KEYS)) return parseKeyPath(path);
  const parts = path.split('/');
  const [empty, store, first] = parts;
  if (empty !== '' || store === undefined || first === undefined) return ODD;
  if (store === 'local') {
    return parts.length > 3 && isId(first) && parts.slice(3).every((part) => part !== '')
      ? { kind: 'local', deviceId: first, rest: `/${parts.slice(3).join('/')}` }
      : ODD;
  }
  if (store === 'config') return parts.length === 3 && first !== '' ? { kind: 'config', name: first } : ODD;
  if (store !== 'authentication' && store !== 'namespace') return ODD;
  if (first === '.version' && parts.length === 3) return { kind: 'version', store };
  if (parts.length !== 3) return ODD;
  if (store === 'namespace') return isId(first) ? { kind: 'namespace', namespace: first as Namespace } : ODD;
  const names = first.split('~');
  if (names.length > 2 || !names.every(isId)) return ODD;
  const [a, b] = names as [string, string?];
  return b === undefined
    ? { kind: 'user', namespace: ROOT, name: a as UserName }
    : { kind: 'user', namespace: a as Namespace, name: b as UserName };
}

const KEYS = '/key/';

/** Without a list of its parts: there may be millions. */
function parseKeyPath(path: string): ParsedPath {
  if (path === '/key/.version') return { kind: 'version', store: 'key' };
  const end = path.indexOf('/', KEYS.length);
  const id = path.slice(end < 0 ? KEYS.length : end + 1);
  if (!isId(id)) return ODD;
  if (end < 0) return { kind: 'key', namespace: ROOT, id: id as KeyId };
  const namespace = path.slice(KEYS.length + 1, end);
  return path[KEYS.length] === '.' && isId(namespace)
    ? { kind: 'key', namespace: namespace as Namespace, id: id as KeyId }
    : ODD;
}

const SLASH = 0x2f;

/**
 * Order of paths in a backup: depth first, names by their bytes (`/key/.ns/a` stands before `/key/.version`, and that
 * before `/key/a`), so that the entries under a name stand together. Ids are ASCII; other text compares by UTF-16 unit.
 * Allocates nothing: it runs once an entry.
 */
export function comparePaths(a: string, b: string): number {
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // A name that ends here comes before one that goes on, whatever its next character is.
    if (x === SLASH) return -1;
    return y === SLASH || x > y ? 1 : -1;
  }
  return a.length - b.length;
}
