import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { Problem } from '../problem.ts';

/**
 * The path of a file that a manifest names, from the manifest's folder. Outside that folder (links followed) it works only
 * when allowed: a manifest from elsewhere must not make us read and send what it likes. Throws a Problem `refused`.
 */
export async function manifestPath(folder: string, path: string, allowOutside: boolean): Promise<string> {
  const full = resolve(folder, path);
  if (allowOutside) return full;
  const [home, real] = await Promise.all([realpath(folder), realpath(full).catch(() => full)]);
  const way = relative(home, real);
  const inside = way !== '' && !isAbsolute(way) && way.split(/[\\/]/)[0] !== '..';
  // A file that is not there yet has no real path; its plain one decides then.
  if (inside || (real === full && !relative(folder, full).startsWith('..') && !isAbsolute(relative(folder, full)))) {
    return full;
  }
  throw new Problem({
    kind: 'refused',
    place: path,
    cause: 'the manifest names a file outside its own folder',
    remedy: 'Read the manifest; if you trust it, say --allow-commands',
  });
}
