import type { Journals } from './journals.ts';
import type { SavedManifest } from './manifests.ts';

/** Hears of what an agent or the command line writes into journals, while somebody looks at their manifests. */
export interface JournalWatch {
  /** Somebody looks at a manifest, and looks again within so many milliseconds. */
  looked(saved: SavedManifest, again?: number): void;
  /** When others wrote last into the journal of a manifest, as far as that was heard. */
  heardAt(uri: string): number | undefined;
  close(): void;
}

interface Watched {
  path: string;
  /** When nobody looks any more. */
  until: number;
  version: number | undefined;
  heardAt?: number;
}

/** Between two looks at a journal, ms: one costs less than a tenth of a millisecond. */
const EVERY = 2_000;
/** Who looked once looks on for so long at least, ms. */
const ATTENTION = 120_000;

/** Tells the URI of a manifest when others than this process wrote into its journal. */
export function createJournalWatch(journals: Journals, now: () => number, tell: (uri: string) => void): JournalWatch {
  const watched = new Map<string, Watched>();
  let timer: NodeJS.Timeout | undefined;

  const look = () => {
    for (const [uri, one] of watched) {
      if (now() > one.until) watched.delete(uri);
      const version = journals.version(one.path);
      if (version === one.version) continue;
      one.version = version;
      one.heardAt = now();
      tell(uri);
    }
    if (watched.size === 0) stop();
  };
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
  };

  return {
    looked({ uri, path }, again = 0) {
      const until = now() + Math.max(ATTENTION, 2 * again);
      watched.set(uri, { ...(watched.get(uri) ?? { version: journals.version(path) }), path, until });
      timer ??= setInterval(look, EVERY).unref();
    },
    heardAt: (uri) => watched.get(uri)?.heardAt,
    close() {
      watched.clear();
      stop();
    },
  };
}
