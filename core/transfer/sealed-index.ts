import { createHash } from 'node:crypto';
import { createIdList, type GrowingIdList } from '../inventory/id-list.ts';
import { createPackedDigests, DIGEST_BYTES, type PackedDigests } from '../packed-digests.ts';

/** Digests of sealed values by path: 16 bytes and the last name of the path an entry, so that a million stay small. */
export interface SealedIndex {
  /** Adds an entry; entries come in the order of paths. */
  add(path: string, value: Uint8Array): void;
  /** Whether an entry is there, with whatever bytes. */
  has(path: string): boolean;
  /** Whether an entry is there with just these bytes. */
  holds(path: string, value: Uint8Array): boolean;
}

/** The entries of one folder of paths. */
interface Folder {
  names: GrowingIdList;
  digests: PackedDigests;
}

const digest = (value: Uint8Array): Buffer => createHash('sha256').update(value).digest().subarray(0, DIGEST_BYTES);

function cut(path: string): [folder: string, name: string] {
  const end = path.lastIndexOf('/') + 1;
  return [path.slice(0, end), path.slice(end)];
}

/** Makes an empty index. */
export function createSealedIndex(): SealedIndex {
  const folders = new Map<string, Folder>();
  const find = (path: string): Buffer | undefined => {
    const [folder, name] = cut(path);
    const entries = folders.get(folder);
    const place = entries?.names.indexOf(name) ?? -1;
    return place < 0 ? undefined : entries?.digests.at(place);
  };
  return {
    add(path, value) {
      const [folder, name] = cut(path);
      const entries = folders.get(folder) ?? { names: createIdList(), digests: createPackedDigests() };
      folders.set(folder, entries);
      entries.names.add(name);
      entries.digests.add(digest(value));
    },
    has: (path) => find(path) !== undefined,
    holds: (path, value) => find(path)?.equals(digest(value)) === true,
  };
}
