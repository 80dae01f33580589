import type { KeyFacts } from '../key-facts.ts';
import { isProblem, type Problem } from '../problem.ts';
import type { WorkOptions } from '../progress.ts';
import { type BackupSource, type BrowsedEntry, browse } from './browse.ts';
import { type Contents, createContents, type Finding } from './contents.ts';
import { domainFingerprint } from './domain.ts';
import type { BackupHeader, BackupVersion } from './format.ts';
import type { BackupKeySource } from './header.ts';
import { openBackup } from './reader.ts';
import { publicFacts } from './stored.ts';
import {
  openKeyEntry,
  openMarker,
  openUserEntry,
  openVersion,
  type StoreKeys,
  storeKeys,
  unlockDomainKey,
} from './unseal.ts';

export type { Finding };

/** What a namespace holds, by the backup. */
export interface InspectedNamespace {
  /** Ids as the device writes them: `namespace~name`, in root `name`. */
  users: string[];
  /** By id; the facts are empty unless the backup was unsealed. */
  keys: Record<string, KeyFacts | Record<string, never>>;
}

/** All that a backup tells without a device. */
export interface BackupInspection {
  format: 'backup';
  version: BackupVersion;
  deviceId?: string;
  /** Equal for devices that accept each other's sealed values; missing when a store's version is. */
  domain?: string;
  /** The file is whole: nothing is cut, altered, or behind its end. */
  complete: boolean;
  entries: number;
  /** What is wrong with it. */
  problems: Finding[];
  /** What is not wrong, but good to know. */
  notes: Finding[];
  /** Paths that no device writes by itself. */
  odd: string[];
  /** Paths of sealed values that this Domain Key does not open; known when unsealed. */
  unreadable: string[];
  /** By namespace; `""` is root. */
  namespaces: Record<string, InspectedNamespace>;
}

export interface InspectOptions extends WorkOptions {
  /** What the file is called in messages. */
  place: string;
  /** With it, sealed values are opened and the facts of the keys are told. */
  unlockPassphrase?: string;
}

/**
 * Says what a backup file holds, and what is wrong with it. A file that is cut or damaged gives `complete: false` with
 * the reason and what stands before the fault. Reads the source once, and once more when unsealing; holds ids and
 * facts, no values. Throws only when nothing can be said: `not-a-backup`, `unsupported-version`, `wrong-passphrase`,
 * a damaged header, `cancelled`.
 */
export async function inspectBackup(
  source: BackupSource,
  key: BackupKeySource,
  options: InspectOptions,
): Promise<BackupInspection> {
  const contents = createContents();
  const { header, backupKey, batches } = await openBackup(source(), key, readOptions(options));
  const fault = await eachEntry(batches, options, 'reading the backup', (entry) => contents.add(entry, header));
  const inspection = describe(header, contents, fault);
  if (options.unlockPassphrase !== undefined && contents.unlockSalt !== undefined) {
    const domainKey = await unlockDomainKey(header, contents.unlockSalt, options.unlockPassphrase, options.place);
    const keys = storeKeys(domainKey);
    const again = await openBackup(source(), { backupKey, salt: header.salt }, readOptions(options));
    await eachEntry(again.batches, options, 'opening what is sealed', (entry) =>
      unsealInto(inspection, keys, entry, options.place),
    );
  } else if (options.unlockPassphrase !== undefined) {
    inspection.problems.push({ kind: 'missing', message: 'without its unlock salt nothing in the file can be opened' });
  }
  return inspection;
}

const readOptions = ({ place, signal }: InspectOptions) => ({
  place,
  order: 'any' as const,
  ...(signal && { signal }),
});

/** Goes through the entries; gives the fault at which the file ends, if any. */
async function eachEntry(
  batches: Parameters<typeof browse>[0],
  { onProgress }: InspectOptions,
  phase: string,
  take: (entry: BrowsedEntry) => void,
): Promise<Problem | undefined> {
  let done = 0;
  try {
    for await (const batch of browse(batches)) {
      for (const entry of batch) take(entry);
      done += batch.length;
      onProgress?.({ phase, done, unit: 'entries' });
    }
    return undefined;
  } catch (error) {
    if (isProblem(error, 'truncated', 'damaged')) return error;
    throw error;
  }
}

function describe(header: BackupHeader, contents: Contents, fault: Problem | undefined): BackupInspection {
  const { key, authentication, namespace } = contents.versions;
  const problems = contents.problems();
  const notes = contents.notes();
  if (fault !== undefined) problems.unshift({ kind: fault.kind, message: fault.message });
  if (header.version === 0) {
    const message = 'version 0 has no end mark: that the file was cut between two entries can not be seen';
    notes.unshift({ kind: 'no-end-mark', message });
  }
  return {
    format: 'backup',
    version: header.version,
    ...(header.deviceId !== undefined && { deviceId: header.deviceId }),
    ...(key && authentication && namespace && { domain: domainFingerprint({ key, authentication, namespace }) }),
    complete: fault === undefined,
    entries: contents.entries,
    problems,
    notes,
    odd: contents.odd,
    unreadable: [],
    namespaces: Object.fromEntries(
      [...contents.namespaces].map(([name, { users, keys }]) => [
        name,
        { users: [...users], keys: Object.fromEntries([...keys].map((id) => [id, {}])) },
      ]),
    ),
  };
}

/** Opens one sealed entry; adds its facts, or its path to the unreadable ones. */
function unsealInto(inspection: BackupInspection, keys: StoreKeys, entry: BrowsedEntry, place: string): void {
  const { parsed, path } = entry;
  try {
    if (parsed.kind === 'key') {
      const facts = publicFacts(openKeyEntry(keys, entry, place), `${place}, ${path}`);
      const namespace = inspection.namespaces[parsed.namespace];
      if (namespace !== undefined) namespace.keys[parsed.id] = facts;
    } else if (parsed.kind === 'user') openUserEntry(keys, entry, place);
    else if (parsed.kind === 'namespace') openMarker(keys, entry, place);
    else if (parsed.kind === 'version') openVersion(keys, parsed.store, entry, place);
  } catch (error) {
    if (!isProblem(error, 'unreadable')) throw error;
    inspection.unreadable.push(path);
    inspection.problems.push({ kind: 'unreadable', message: error.message });
  }
}
