import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { namespaceTitle } from '../../names.ts';
import { Problem } from '../../problem.ts';
import type { Context } from '../context.ts';
import type { Policy } from '../policy.ts';

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

/** The folders where an archive of the namespace may lie: the keepers' and those of its backups. */
export const archiveFolders = ({ archives }: Pick<Context, 'archives'>, { backups }: Policy): readonly string[] =>
  [archives, ...(backups === undefined ? [] : [backups.directory])].flatMap((folder) => [folder, join(folder, FOLDER)]);

/** The name of a keepers' archive; `~` is in no id, so names can't be mistaken for each other's. */
export const keepersFile = (policy: Policy, device: string, at: number, nonce: string): string =>
  `${keepersPrefix(policy, device)}${new Date(at).toISOString().replaceAll(/[:.]/g, '-')}-${nonce}${ENDING}`;

const keepersPrefix = ({ namespace }: Policy, device: string): string => `${namespace}~${device}~`;

/** The name of the newest keepers' archive of a namespace and device in a folder; undefined when there is none. */
export async function newestKeepersFile(folder: string, policy: Policy, device: string): Promise<string | undefined> {
  const prefix = keepersPrefix(policy, device);
  const names = await filesIn(folder);
  return names
    .filter((name) => name.startsWith(prefix) && name.endsWith(ENDING))
    .sort()
    .at(-1);
}

/** The names of the files in a folder; none when the folder is not there. Throws a Problem `unreadable`. */
export async function filesIn(folder: string): Promise<string[]> {
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
