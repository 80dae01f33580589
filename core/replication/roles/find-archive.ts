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
 * The archives of the namespace that hold a keeper other than ourselves (`own`), at either place, the newest first; one that
 * can't be read is passed over. Those that are dated in the future would be the newest for ever, and those of keepers who came
 * back to a locked replica do not hold all: they come last.
 */
export async function* archivesOf(
  ctx: Context,
  policy: Policy,
  own: UserName | undefined,
): AsyncGenerator<ArchivedKeepers> {
  const files = await archiveFiles(ctx, policy);
  const now = ctx.clock.now();
  const isDated = (created: string): boolean => !isAhead({ at: Date.parse(created) }, now);
  const tiers: readonly Wanted[] = [
    { keepers: files.keepers, others: files.others, counts: isDated },
    { keepers: files.keepers, others: files.others, counts: () => true },
    { keepers: files.returned, others: [], counts: () => true },
  ];
  const given = new Set<string>();
  for (const { keepers, others, counts } of tiers) {
    const isNew = (file: string): boolean => !given.has(file);
    for (;;) {
      const left = { keepers: keepers.map((list) => list.filter(isNew)), others: others.filter(isNew), counts };
      const found = await newestOf(ctx, policy, own, left);
      if (found === undefined) break;
      given.add(found.file);
      yield found;
    }
  }
}

interface Wanted {
  keepers: readonly (readonly string[])[];
  others: readonly string[];
  counts(created: string): boolean;
}

async function newestOf(
  ctx: Context,
  policy: Policy,
  own: UserName | undefined,
  { keepers, others, counts }: Wanted,
): Promise<ArchivedKeepers | undefined> {
  const passphrase = await ctx.archivePassphrase();
  const whole = async (file: string): Promise<ArchivedKeepers | undefined> => {
    const archive = await unlessBroken(readArchivedKeepers(file, passphrase, ctx));
    const isOurs = archive?.namespace === policy.namespace && counts(archive.created) && holdsKeeper(archive, own);
    return isOurs ? archive : undefined;
  };
  // Keepers' archives are small, and the first that is whole is the newest of its device; of others the head is read first.
  const ofKeepers = await mapConcurrently(keepers, KEYS_AT_ONCE, (names) => firstOf(names, whole));
  const heads = await mapConcurrently(others, KEYS_AT_ONCE, async (file) => {
    const head = await unlessBroken(readArchiveHead(file, passphrase, ctx));
    return head?.namespace === policy.namespace && counts(head.created) ? { file, created: head.created } : undefined;
  });
  const found: { file: string; created: string }[] = [...ofKeepers, ...heads].filter((one) => one !== undefined);
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
