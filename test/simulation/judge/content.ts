/** Reading stores from the outside, with the Domain Key: what the harness knows, it does not know from the engine. */
import { createHash } from 'node:crypto';
import { type SecretKey, storeKey, unseal } from '../../../core/backup/sealing.ts';
import type { Store } from '../../../practice/store.ts';
import { decodeStored, fromBytes } from '../../../practice/stored-json.ts';
import { NAMESPACE } from '../people.ts';

/** A key as it lies in a store. */
export interface Held {
  id: string;
  /** Fingerprint of the private part. */
  material: string;
  tags: readonly string[];
  label: string | undefined;
  certificate: string | undefined;
  operations: number;
  standIn: boolean;
  sealed: Buffer;
}

/** A user as it lies in a store. */
export interface Person {
  name: string;
  realName: string;
  role: string;
  tags: readonly string[];
  /** Fingerprint of salt and digest. */
  passphrase: string;
  sealed: Buffer;
}

/** How a stand-in is told from a key: by label, or by tag where a release has no labels. */
const STAND_IN = 'replication.reserved';

export const KEY_FOLDER = `/key/.${NAMESPACE}/`;
export const USER_FOLDER = `/authentication/${NAMESPACE}~`;

const short = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex').slice(0, 8);

const cache = new WeakMap<Buffer, { path: string; value: unknown }>();

/** The JSON of a sealed value; undefined when it does not open under its path. */
function open(domainKey: SecretKey, path: string, sealed: Buffer): unknown {
  const known = cache.get(sealed);
  if (known?.path === path) return known.value;
  const store = path.startsWith('/key/') ? 'key' : 'authentication';
  const plain = unseal(storeKey(domainKey, store), sealed, path);
  const value = plain === undefined ? undefined : decodeStored(plain);
  cache.set(sealed, { path, value });
  return value;
}

interface KeyJson {
  priv: { raw: string } | { PEM: string };
  cert: [string, string] | null;
  operations: number;
  restrictions: { tags?: string[] };
  label?: string;
}

export function readHeld(domainKey: SecretKey, path: string, sealed: Buffer): Held | undefined {
  const value = open(domainKey, path, sealed) as KeyJson | undefined;
  if (value === undefined) return undefined;
  const label = value.label === undefined ? undefined : fromBytes(value.label);
  return {
    id: path.slice(KEY_FOLDER.length),
    material: short(JSON.stringify(value.priv)),
    tags: value.restrictions.tags ?? [],
    label,
    certificate: value.cert === null ? undefined : short(value.cert.join()),
    operations: value.operations,
    standIn:
      'raw' in value.priv &&
      (label === STAND_IN || (label === undefined && (value.restrictions.tags ?? []).includes(STAND_IN))),
    sealed,
  };
}

interface UserJson {
  name: string;
  salt: string;
  digest: string;
  role: string;
  tags: string[];
}

export function readPerson(domainKey: SecretKey, path: string, sealed: Buffer): Person | undefined {
  const value = open(domainKey, path, sealed) as UserJson | undefined;
  if (value === undefined) return undefined;
  return {
    name: path.slice(USER_FOLDER.length),
    realName: fromBytes(value.name),
    role: value.role,
    tags: value.tags,
    passphrase: short(value.salt + value.digest),
    sealed,
  };
}

/** The keys of the namespace in a store, stand-ins included. */
export function keysIn(store: Store, domainKey: SecretKey): Map<string, Held> {
  const found = new Map<string, Held>();
  for (const { path, value } of store.scan(KEY_FOLDER)) {
    const held = readHeld(domainKey, path, value);
    if (held !== undefined) found.set(held.id, held);
  }
  return found;
}

/** The users of the namespace in a store. */
export function peopleIn(store: Store, domainKey: SecretKey): Map<string, Person> {
  const found = new Map<string, Person>();
  for (const { path, value } of store.scan(USER_FOLDER)) {
    const person = readPerson(domainKey, path, value);
    if (person !== undefined) found.set(person.name, person);
  }
  return found;
}

/** A role record, from the real name of its user; read here anew, so that a mistake of the engine's reading shows. */
export interface RoleNote {
  epoch: number;
  primaries: readonly string[];
  nonce: string;
}

const RECORD = /^epoch (\d+) (?:primary|primaries) (\S+) at \S+ by \S+ nonce ([0-9a-f]+)$/;

/** The role records of a store, the highest epoch first. */
export function recordsIn(store: Store, domainKey: SecretKey): RoleNote[] {
  return [...peopleIn(store, domainKey).values()]
    .flatMap(({ name, realName }) => {
      const [, epoch, primaries, nonce] = /^replication-epoch-/.test(name) ? (RECORD.exec(realName) ?? []) : [];
      return epoch === undefined
        ? []
        : [{ epoch: Number(epoch), primaries: (primaries as string).split(','), nonce: nonce as string }];
    })
    .sort((a, b) => b.epoch - a.epoch);
}
