import { resolve } from 'node:path';
import { seconds } from '../../schemas/duration.ts';
import type { Manifest, NamespaceEntry, RootEntry } from '../../schemas/manifest.ts';
import { fits } from '../../schemas/patterns.ts';
import { type KeyId, type Namespace, namespaceTitle, parseNamespace, ROOT } from '../names.ts';
import { Problem } from '../problem.ts';
import type { Policy } from './policy.ts';

type Entry = Partial<NamespaceEntry> & RootEntry;
type Owner = { owns?: string[] | undefined };

/** What `maxDeletions` is where a manifest does not say. */
const MAX_DELETIONS = { keys: 10, percent: 1 };

/**
 * What a valid manifest says of a namespace, or of the keys of {@link ROOT}; a relative folder starts from that of the
 * manifest. Throws a Problem `bad-manifest` where the manifest says nothing of it.
 */
export function policyOf(manifest: Manifest, namespace: Namespace, manifestFolder: string): Policy {
  const entry = entryOf(manifest, namespace);
  const { keys, replication, backups } = entry;
  const maxLag = replication?.maxLag === undefined ? undefined : seconds(replication.maxLag);
  return {
    namespace,
    sites: sitesOf(namespace, entry),
    includes: filterOf(keys?.include ?? ['*'], keys?.exclude ?? []),
    deletions: entry.deletions,
    maxDeletions: entry.maxDeletions ?? MAX_DELETIONS,
    users: entry.users,
    conflicts: entry.conflicts,
    transfer: entry.transfer,
    replication: {
      mode: replication?.mode ?? 'manual',
      ...when(replication),
      ...(maxLag !== undefined && { maxLag: maxLag * 1000 }),
    },
    ...(backups !== undefined && {
      backups: {
        directory: resolve(manifestFolder, backups.directory),
        ...when(backups),
        ...(backups.keep !== undefined && { keep: keepOf(backups.keep) }),
      },
    }),
  };
}

/** The policies of all namespaces of a manifest, root last where the manifest has it. */
export function policiesOf(manifest: Manifest, manifestFolder: string): Map<Namespace, Policy> {
  const namespaces = Object.keys(manifest.namespaces).map((name) => parseNamespace(name));
  if (manifest.root !== undefined) namespaces.push(ROOT);
  return new Map(namespaces.map((namespace) => [namespace, policyOf(manifest, namespace, manifestFolder)]));
}

function entryOf(manifest: Manifest, namespace: Namespace): Entry {
  if (namespace === ROOT && manifest.root !== undefined) return manifest.root;
  const entry = Object.hasOwn(manifest.namespaces, namespace) ? manifest.namespaces[namespace] : undefined;
  if (entry !== undefined) return entry;
  throw lacking(namespace, 'the manifest says nothing of it', 'Add it to the manifest');
}

function sitesOf(namespace: Namespace, { primary, replicas = [], primaries }: Entry): Policy['sites'] {
  if (primaries !== undefined) {
    const owners: Record<string, Owner> = Array.isArray(primaries)
      ? Object.fromEntries(primaries.map((device) => [device, {}]))
      : primaries;
    const sites = Object.entries(owners).map(([device, { owns = [] }]) => ({ device, owns: filterOf(owns, []) }));
    return { kind: 'two-way', sites };
  }
  if (primary !== undefined) return { kind: 'one-way', primary, replicas };
  throw lacking(namespace, 'the manifest names no primary for it', 'Name one under "primary"');
}

const filterOf =
  (include: readonly string[], exclude: readonly string[]) =>
  (id: KeyId): boolean =>
    include.some((pattern) => fits(pattern, id)) && !exclude.some((pattern) => fits(pattern, id));

const when = (block: { schedule?: string | undefined; timeZone?: string | undefined } | undefined) => ({
  ...(block?.schedule !== undefined && { schedule: block.schedule }),
  ...(block?.timeZone !== undefined && { timeZone: block.timeZone }),
});

const keepOf = ({ last, daily }: { last?: number | undefined; daily?: number | undefined }) => ({
  ...(last !== undefined && { last }),
  ...(daily !== undefined && { daily }),
});

const lacking = (namespace: Namespace, cause: string, remedy: string): Problem =>
  new Problem({ kind: 'bad-manifest', place: namespaceTitle(namespace), cause, remedy });
