import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Context } from '../replication/context.ts';
import type { Policy } from '../replication/policy.ts';
import { type Finding, ill, well } from './finding.ts';

/** A younger one may be somebody's who is at work; milliseconds. */
const AT_WORK = 3_600_000;

/** Drafts of files that were never put in their place, and whole backups made to be restored once. */
const LEFT_OVER = /\.[0-9a-f]{12}\.tmp$|-merged-[0-9TZ-]+\.nethsm-backup$/;

/**
 * Whether runs that were killed left files behind, in our own folders and in those of the manifest's backups. They are
 * sealed, so they give nothing away; they take room. A folder that is not there or can't be read has none.
 */
export async function checkLeftOvers(ctx: Context, policies: readonly Policy[]): Promise<Finding> {
  const own = [dirname(ctx.deviceBackups), ctx.deviceBackups, ctx.archives];
  const folders = [...own, ...policies.flatMap(({ backups }) => (backups === undefined ? [] : [backups.directory]))];
  const places = [...new Set(folders.flatMap((folder) => [folder, join(folder, 'keepers')]))];
  const found = (await Promise.all(places.map((folder) => leftIn(folder, ctx.clock.now())))).flat();
  if (found.length === 0) return well('left-overs', 'no run that was killed left a file behind');
  const named = `${found.slice(0, 5).join(', ')}${found.length > 5 ? `, … (${found.length})` : ''}`;
  return ill(
    'left-overs',
    `runs that were killed left files behind: ${named}`,
    'Delete them: nothing reads them again',
  );
}

async function leftIn(folder: string, now: number): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => LEFT_OVER.test(name)).map((name) => join(folder, name));
  const isOld = await Promise.all(files.map((file) => isOlder(file, now - AT_WORK)));
  return files.filter((_, i) => isOld[i]).sort();
}

const isOlder = (file: string, than: number): Promise<boolean> =>
  stat(file).then(
    ({ mtimeMs }) => mtimeMs < than,
    () => false,
  );
