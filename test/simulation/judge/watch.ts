import type { Store } from '../../../practice/store.ts';
import type { Site } from '../devices.ts';
import { type Writer, writerNow } from '../network/call-node.ts';

/** One write of one entry, as the store saw it. */
export interface Write {
  site: Site;
  path: string;
  old: Buffer | undefined;
  value: Buffer | undefined;
  writer: Writer;
}

const watched = new WeakSet<Store>();

function watch(site: Site, store: Store, onWrite: (write: Write) => void): Store {
  if (watched.has(store)) return store;
  watched.add(store);
  const set = store.set.bind(store);
  const remove = store.delete.bind(store);
  store.set = (path, value) => {
    const old = store.get(path);
    set(path, value);
    onWrite({ site, path, old, value, writer: writerNow() });
  };
  store.delete = (path) => {
    const old = store.get(path);
    const was = remove(path);
    if (was) onWrite({ site, path, old, value: undefined, writer: writerNow() });
    return was;
  };
  return store;
}

/**
 * Has every write of a device told, whoever makes it, and every exchange of its whole store (a factory reset, somebody's
 * restore). Gives how to stop.
 */
export function watchSite(
  site: Site,
  onWrite: (write: Write) => void,
  onExchange: (before: Store, after: Store) => void,
): () => void {
  let store = watch(site, site.machine.store, onWrite);
  Object.defineProperty(site.machine, 'store', {
    configurable: true,
    enumerable: true,
    get: () => store,
    set: (next: Store) => {
      const before = store;
      store = watch(site, next, onWrite);
      onExchange(before, store);
    },
  });
  return () => {
    Object.defineProperty(site.machine, 'store', {
      value: store,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  };
}
