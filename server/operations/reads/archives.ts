import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { asProblem } from '../../../core/as-problem.ts';
import { policiesOf } from '../../../core/replication/policy-of.ts';
import { ARCHIVE_MAGIC } from '../../../core/transfer/archive/format.ts';
import { isArchive } from '../../../core/transfer/archive/reader.ts';
import type { VerifiedArchive } from '../../../core/transfer/backup-namespace.ts';
import { archivesFolder, type Engine } from '../engine/engine.ts';
import type { SavedManifest } from '../engine/manifests.ts';
import { problemData } from '../look/problem-data.ts';
import type { Archive } from '../protocol.ts';

/** What an archive was found to hold; stands as long as the file was not written again. */
interface Verified {
  written: number;
  bytes: number;
  archive: VerifiedArchive;
}

const MOST_FILES = 2_000;
const keyOf = ({ uri }: SavedManifest, file: string): string => `${uri}\narchive\n${file}`;

/** What an archive holds, by its last verification. */
export const knownArchive = (engine: Engine, saved: SavedManifest, file: string): VerifiedArchive | undefined =>
  engine.cache.known<Verified>(keyOf(saved, file)).value?.archive;

/** Remembers what an archive holds. */
export async function keepVerified(
  engine: Engine,
  saved: SavedManifest,
  file: string,
  archive: VerifiedArchive,
): Promise<void> {
  const { mtimeMs, size } = await stat(file);
  engine.cache.put<Verified>(keyOf(saved, file), { written: mtimeMs, bytes: size, archive });
}

/** The sealed archives of a manifest, the newest first. */
export async function archives(engine: Engine, { manifest }: { manifest: string }): Promise<{ archives: Archive[] }> {
  const saved = await engine.manifests.valid(manifest);
  const folders = new Map<string, string | undefined>([[saved.folder, undefined]]);
  for (const { namespace, backups } of policiesOf(saved.manifest, saved.folder).values()) {
    // A manifest of somebody else's must not make us look around.
    if (backups !== undefined && engine.options.trusted) folders.set(backups.directory, namespace);
  }
  folders.set(archivesFolder(engine), undefined);
  // Keepers lie in folders of their own.
  for (const [folder, namespace] of [...folders]) folders.set(join(folder, 'keepers'), namespace);
  const found = (await Promise.all([...folders.keys()].map(archivesIn))).flat();
  const views = await Promise.all(found.map((file) => view(engine, saved, file, folders.get(dirname(file)))));
  return { archives: views.sort((a, b) => b.written - a.written) };
}

async function archivesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.nethsm-archive'));
  return files.slice(0, MOST_FILES).map(({ name }) => join(folder, name));
}

async function view(
  engine: Engine,
  saved: SavedManifest,
  file: string,
  folderOf: string | undefined,
): Promise<Archive> {
  const title = basename(file);
  try {
    const { mtimeMs, size } = await stat(file);
    const namespace = folderOf ?? namespaceByName(saved, title);
    const base = { file, title, written: mtimeMs, bytes: size, ...(namespace !== undefined && { namespace }) };
    const known = engine.cache.known<Verified>(keyOf(saved, file));
    const { value, at } = known;
    if (value === undefined || value.written !== mtimeMs || value.bytes !== size) {
      return { ...base, ...(await startProblem(file)) };
    }
    const { archive } = value;
    return {
      ...base,
      namespace: archive.namespace,
      device: archive.device,
      created: Date.parse(archive.created),
      keys: archive.keys,
      users: archive.users.length,
      ...(at !== undefined && { verifiedAt: at }),
    };
  } catch (error) {
    return { file, title, written: 0, bytes: 0, problem: problemData(asProblem(error)) };
  }
}

/** A file that does not even begin like an archive is told at once. */
async function startProblem(file: string): Promise<Pick<Archive, 'problem'>> {
  const handle = await open(file, 'r');
  try {
    const start = Buffer.alloc(ARCHIVE_MAGIC.length);
    await handle.read(start, 0, start.length, 0);
    if (isArchive(start)) return {};
    const cause = 'it does not begin like a sealed archive';
    return { problem: { kind: 'not-a-backup', place: basename(file), cause, remedy: 'Look where it comes from' } };
  } finally {
    await handle.close();
  }
}

/** Archives are named after their namespace: `payments-2026….nethsm-archive`. */
const namespaceByName = ({ manifest }: SavedManifest, title: string): string | undefined =>
  Object.keys(manifest.namespaces)
    .sort((a, b) => b.length - a.length)
    .find((name) => ['-', '.', '~'].some((end) => title.startsWith(`${name}${end}`)));
