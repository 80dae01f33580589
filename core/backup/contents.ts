import { type Namespace, namespaceTitle, ROOT, userId } from '../names.ts';
import type { ProblemKind } from '../problem.ts';
import type { BrowsedEntry } from './browse.ts';
import type { BackupEntry, BackupHeader } from './format.ts';
import { comparePaths, type SealedStore } from './paths.ts';
import { unlockSaltPath } from './unseal.ts';

/** Something wrong with a backup, or worth knowing of it. */
export interface Finding {
  kind: ProblemKind | 'duplicate' | 'disorder' | 'odd-path' | 'missing' | 'no-end-mark' | 'unmarked-namespace';
  message: string;
}

/** What was met in a backup: ids, no values. */
export interface Contents {
  entries: number;
  namespaces: Map<Namespace, { users: Set<string>; keys: Set<string> }>;
  versions: Partial<Record<SealedStore, Buffer>>;
  odd: string[];
  unlockSalt: BackupEntry | undefined;
  add(entry: BrowsedEntry, header: BackupHeader): void;
  problems(): Finding[];
  notes(): Finding[];
}

/** Begins a collection of what a backup holds. */
export function createContents(): Contents {
  const namespaces: Contents['namespaces'] = new Map();
  const markers = new Set<Namespace>([ROOT]);
  const others = new Set<string>();
  const findings: Finding[] = [];
  let previous: string | undefined;

  const namespaceOf = (name: Namespace) => {
    const known = namespaces.get(name);
    if (known !== undefined) return known;
    const made = { users: new Set<string>(), keys: new Set<string>() };
    namespaces.set(name, made);
    return made;
  };
  const addOnce = <T>(set: Set<T>, item: T, path: string): void => {
    if (set.has(item))
      findings.push({ kind: 'duplicate', message: `the path ${JSON.stringify(path)} stands there twice` });
    set.add(item);
  };
  namespaceOf(ROOT);

  return {
    entries: 0,
    namespaces,
    versions: {},
    odd: [],
    unlockSalt: undefined,
    add({ path, value, parsed }, header) {
      this.entries += 1;
      if (previous !== undefined && comparePaths(previous, path) > 0) {
        const message = `the path ${JSON.stringify(path)} stands behind ${JSON.stringify(previous)}`;
        findings.push({ kind: 'disorder', message });
      }
      previous = path;
      if (path === unlockSaltPath(header)) this.unlockSalt = { path, value: Buffer.from(value) };
      if (parsed.kind === 'key') return addOnce(namespaceOf(parsed.namespace).keys, parsed.id, path);
      if (parsed.kind === 'user') {
        return addOnce(namespaceOf(parsed.namespace).users, userId(parsed.namespace, parsed.name), path);
      }
      addOnce(others, path, path);
      if (parsed.kind === 'version') this.versions[parsed.store] = Buffer.from(value);
      if (parsed.kind === 'odd') {
        this.odd.push(path);
        findings.push({ kind: 'odd-path', message: `no device writes the path ${JSON.stringify(path)} by itself` });
      }
      if (parsed.kind === 'namespace') {
        namespaceOf(parsed.namespace);
        markers.add(parsed.namespace);
      }
    },
    problems: () => [...findings],
    notes: () =>
      [...namespaces.keys()]
        .filter((name) => !markers.has(name))
        .map((name) => ({
          kind: 'unmarked-namespace',
          message: `the namespace ${namespaceTitle(name)} has keys or users but does not exist on the device`,
        })),
  };
}
