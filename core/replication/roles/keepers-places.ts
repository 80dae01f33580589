import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { namespaceTitle } from '../../names.ts';
import { Problem } from '../../problem.ts';
import type { Context } from '../context.ts';
import { devicesOf, type Policy } from '../policy.ts';

/** Keepers lie in folders of their own, where no retention of backups reaches. */
const FOLDER = 'keepers';
const ENDING = '.nethsm-archive';

/**
 * The two folders where keepers are archived before they are removed. Throws a Problem `refused` when the manifest names no
 * second place, or the same one.
 */
export function keepersPlaces(ctx: Pick<Context, 'archives'>, policy: Policy): readonly [string, string] {
  const { backups, namespace } = policy;
  if (backups !== undefined && resolve(backups.directory) !== resolve(ctx.archives)) {
    return [join(ctx.archives, FOLDER), join(backups.directory, FOLDER)];
  }
  throw new Problem({
    kind: 'refused',
    place: namespaceTitle(namespace),
    cause:
      backups === undefined
        ? 'its keepers would be archived at one place only, so the replica was not locked'
        : 'both places where its keepers would be archived are one folder, so the replica was not locked',
    remedy: 'Add backups.directory to the namespace in the manifest, best on another disk',
  });
}

/**
 * Whom a keepers' archive holds: all keepers of a device, or those who came back to a replica that was locked. The second
 * are perhaps not wanted, and are not all: others come first at a promotion.
 */
export type ArchivedWho = 'all' | 'returned';

/** Whether all keepers of a device were archived before, by whoever shares one of the places with us. */
export async function wasArchived(ctx: Pick<Context, 'archives'>, policy: Policy, device: string): Promise<boolean> {
  for (const folder of keepersPlaces(ctx, policy)) {
    if ((await keepersFiles(folder, policy, device, 'all')).length > 0) return true;
  }
  return false;
}

/** Files that may be an archive of a namespace. */
export interface ArchiveFiles {
  /** Keepers' archives by device and place, the newest first. */
  keepers: readonly (readonly string[])[];
  /** The same of keepers who came back to a locked replica. */
  returned: readonly (readonly string[])[];
  /** Whatever else lies in our own folder and in that of the namespace's backups. */
  others: readonly string[];
}

export async function archiveFiles({ archives }: Pick<Context, 'archives'>, policy: Policy): Promise<ArchiveFiles> {
  const folders = [archives, ...(policy.backups === undefined ? [] : [policy.backups.directory])];
  const lists: Record<ArchivedWho, string[][]> = { all: [], returned: [] };
  const others: string[] = [];
  for (const folder of folders) {
    const own = join(folder, FOLDER);
    for (const device of devicesOf(policy)) {
      for (const who of ['all', 'returned'] as const) {
        lists[who].push((await keepersFiles(own, policy, device, who)).map((name) => join(own, name)));
      }
    }
    others.push(...(await filesIn(folder)).map((name) => join(folder, name)));
  }
  return { keepers: lists.all, returned: lists.returned, others };
}

/** What the name of a keepers' archive says. */
export interface KeepersFile {
  policy: Policy;
  device: string;
  who: ArchivedWho;
  /** Milliseconds since 1970. */
  at: number;
  nonce: string;
}

/** The name of a keepers' archive; `~` is in no id, so names can't be mistaken for each other's. */
export const keepersFile = ({ policy, device, who, at, nonce }: KeepersFile): string =>
  `${prefixOf(policy, device, who)}${new Date(at).toISOString().replaceAll(/[:.]/g, '-')}-${nonce}${ENDING}`;

const prefixOf = ({ namespace }: Policy, device: string, who: ArchivedWho): string =>
  `${namespace}~${device}~${who === 'returned' ? 'returned~' : ''}`;

/** The names of the keepers' archives of a namespace and device in a folder, the newest first. */
export async function keepersFiles(
  folder: string,
  policy: Policy,
  device: string,
  who: ArchivedWho,
): Promise<string[]> {
  const prefix = prefixOf(policy, device, who);
  const names = await filesIn(folder);
  return names
    .filter((name) => name.startsWith(prefix) && name.endsWith(ENDING) && !name.includes('~', prefix.length))
    .sort()
    .reverse();
}

/** The names of the files in a folder; none when the folder is not there. Throws a Problem `unreadable`. */
async function filesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new Problem(
      {
        kind: 'unreadable',
        place: folder,
        cause: `the folder can not be read (${code})`,
        remedy: 'Check that it is there and may be read',
      },
      { cause: error },
    );
  }
}
