import type { DeviceFacts, LiveFacts, ManifestFacts, NamespaceFacts } from './live-facts.ts';

/** Live facts, and how to put them in. */
export interface FactsStore {
  facts: LiveFacts;
  setDevice(uri: string, name: string, facts: DeviceFacts): void;
  setNamespace(uri: string, name: string, facts: NamespaceFacts): void;
  /** All ids of a namespace, in the order of their characters. */
  setKeys(uri: string, namespace: string, sortedIds: SortedIds): void;
  forget(uri: string): void;
}

/** A list in order: an array, or something that holds a million ids in less memory. */
export interface SortedIds {
  readonly length: number;
  at(index: number): string | undefined;
}

interface Kept extends ManifestFacts {
  devices: Map<string, DeviceFacts>;
  namespaces: Map<string, NamespaceFacts>;
  keys: Map<string, SortedIds>;
}

/** Facts kept in memory, by manifest. */
export function createFactsStore(): FactsStore {
  const manifests = new Map<string, Kept>();
  const listeners = new Set<(uri: string) => void>();
  const change = (uri: string, put: (kept: Kept) => void) => {
    const kept = manifests.get(uri) ?? emptyFacts();
    manifests.set(uri, kept);
    put(kept);
    for (const listener of listeners) listener(uri);
  };
  return {
    facts: {
      of: (uri) => manifests.get(uri),
      subscribe: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    setDevice: (uri, name, facts) => change(uri, ({ devices }) => devices.set(name, facts)),
    setNamespace: (uri, name, facts) => change(uri, ({ namespaces }) => namespaces.set(name, facts)),
    setKeys: (uri, namespace, ids) => change(uri, ({ keys }) => keys.set(namespace, ids)),
    forget: (uri) => {
      if (manifests.delete(uri)) for (const listener of listeners) listener(uri);
    },
  };
}

function emptyFacts(): Kept {
  const devices = new Map<string, DeviceFacts>();
  const namespaces = new Map<string, NamespaceFacts>();
  const keys = new Map<string, SortedIds>();
  return {
    devices,
    namespaces,
    keys,
    device: (name) => devices.get(name),
    namespace: (name) => namespaces.get(name),
    keyIds: (namespace, prefix, most) => startingWith(keys.get(namespace) ?? [], prefix, most),
  };
}

/** Found by halving: 100,000 ids cost no more than seventeen looks. */
function startingWith(sorted: SortedIds, prefix: string, most: number): string[] {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted.at(middle) as string) < prefix) low = middle + 1;
    else high = middle;
  }
  const found: string[] = [];
  for (let at = low; at < sorted.length && found.length < most; at++) {
    const id = sorted.at(at) as string;
    if (!id.startsWith(prefix)) break;
    found.push(id);
  }
  return found;
}
