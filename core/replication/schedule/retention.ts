/** An archive as far as retention sees it. */
export interface AgedArchive {
  /** When it was made, in milliseconds since 1970. */
  at: number;
  /** Whether it was read to its end and is whole. */
  verified: boolean;
}

/** Which archives stay: the newest ones, and the newest of each of the latest days that have one. */
export interface Keep {
  last?: number;
  daily?: number;
}

/** So far ahead of now an archive may be dated, in milliseconds: clocks differ, but not by more. */
const MOST_AHEAD = 86_400_000;

/** Whether an archive is dated in the future: by a clock that was wrong, or under a name that somebody gave it. */
export const isAhead = ({ at }: Pick<AgedArchive, 'at'>, now: number): boolean => at > now + MOST_AHEAD;

/**
 * The archives of one namespace that need not stay. One that is not known to be whole takes nobody's place: it is kept as
 * if it were, and so are as many that are. Only what is older than a verified one may go; without a rule, nothing goes. One
 * that {@link isAhead} would be the newest for ever: it takes nobody's place, and stays. Days are those of a time zone, UTC
 * by default.
 */
export function prunable<A extends AgedArchive>(
  archives: readonly A[],
  keep: Keep,
  now: number,
  timeZone = 'UTC',
): A[] {
  if (keep.last === undefined && keep.daily === undefined) return [];
  const newestFirst = archives.filter((archive) => !isAhead(archive, now)).sort((a, b) => b.at - a.at);
  const verified = newestFirst.filter((archive) => archive.verified);
  const [newest] = verified;
  if (newest === undefined) return [];
  const dayOf = dayIn(timeZone);
  const kept = new Set([newestFirst, verified].flatMap((list) => keptOf(list, keep, dayOf)));
  return newestFirst.filter((archive) => archive.at < newest.at && !kept.has(archive));
}

function keptOf<A extends AgedArchive>(
  newestFirst: readonly A[],
  { last = 0, daily = 0 }: Keep,
  dayOf: (at: number) => string,
): A[] {
  const days = new Map<string, A>();
  for (const archive of newestFirst) {
    const day = dayOf(archive.at);
    if (!days.has(day)) days.set(day, archive);
  }
  return [...newestFirst.slice(0, last), ...[...days.values()].slice(0, daily)];
}

function dayIn(timeZone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
  return (at) => format.format(at);
}
