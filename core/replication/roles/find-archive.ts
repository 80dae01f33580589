import { mapConcurrently } from '../../concurrent.ts';
import { namespaceTitle, type UserName } from '../../names.ts';
import { Problem } from '../../problem.ts';
import type { Context } from '../context.ts';
import type { Policy } from '../policy.ts';
import { isAhead } from '../schedule/retention.ts';
import { type ArchivedKeepers, readArchivedKeepers, readArchiveHead, unlessBroken } from './archived-keepers.ts';
import { archiveFiles } from './keepers-places.ts';

/** Archives whose keys are derived at once: each takes 16 MB and a good part of a second. */
const KEYS_AT_ONCE = 4;

/**
 * The newest archive of the namespace that holds a keeper other than ourselves (`own`), at either place; one that can't be
 * read is passed over. One that is dated in the future would be the newest for ever: it counts only where there is no other.
 */
export async function newestArchive(
  ctx: Context,
  policy: Policy,
  own: UserName | undefined,
): Promise<ArchivedKeepers | undefined> {
  const now = ctx.clock.now();
  const isDated = (created: string): boolean => !isAhead({ at: Date.parse(created) }, now);
  return (await newestOf(ctx, policy, own, isDated)) ?? newestOf(ctx, policy, own, () => true);
}

async function newestOf(
  ctx: Context,
  policy: Policy,
  own: UserName | undefined,
  counts: (created: string) => boolean,
): Promise<ArchivedKeepers | undefined> {
  const passphrase = await ctx.archivePassphrase();
  const whole = async (file: string): Promise<ArchivedKeepers | undefined> => {
    const archive = await unlessBroken(readArchivedKeepers(file, passphrase, ctx));
    const isOurs = archive?.namespace === policy.namespace && counts(archive.created) && holdsKeeper(archive, own);
    return isOurs ? archive : undefined;
  };
  const files = await archiveFiles(ctx, policy);
  // Keepers' archives are small, and the first that is whole is the newest of its device; of others the head is read first.
  const ofKeepers = await mapConcurrently(files.keepers, KEYS_AT_ONCE, (names) => firstOf(names, whole));
  const others = await mapConcurrently(files.others, KEYS_AT_ONCE, async (file) => {
    const head = await unlessBroken(readArchiveHead(file, passphrase, ctx));
    return head?.namespace === policy.namespace && counts(head.created) ? { file, created: head.created } : undefined;
  });
  const found: { file: string; created: string }[] = [...ofKeepers, ...others].filter((one) => one !== undefined);
  found.sort((a, b) => Date.parse(b.created) - Date.parse(a.created));
  return firstOf(found, ({ file }) => whole(file));
}

/** The first result that is one, in the order of the items. */
async function firstOf<T, R>(items: readonly T[], work: (item: T) => Promise<R | undefined>): Promise<R | undefined> {
  for (const item of items) {
    const result = await work(item);
    if (result !== undefined) return result;
  }
  return undefined;
}

const holdsKeeper = ({ keepers }: ArchivedKeepers, own: UserName | undefined): boolean =>
  [...keepers.keys()].some((name) => name !== own);

/** The archive of that name. Throws a Problem when it is none of the namespace with a keeper other than ourselves. */
export async function namedArchive(
  ctx: Context,
  { namespace }: Policy,
  own: UserName | undefined,
  file: string,
): Promise<ArchivedKeepers> {
  const archive = await readArchivedKeepers(file, await ctx.archivePassphrase(), ctx);
  if (archive.namespace === namespace && holdsKeeper(archive, own)) return archive;
  throw new Problem({
    kind: 'refused',
    place: file,
    cause:
      archive.namespace === namespace
        ? `it holds no N-Administrator of ${namespaceTitle(namespace)} but our own`
        : `it holds ${namespaceTitle(archive.namespace)}, not ${namespaceTitle(namespace)}`,
    remedy: 'Name an archive of this namespace that was made with its users',
  });
}
