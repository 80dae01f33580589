import { atValue, type CheckedEntry, type EntryRule, get, list } from '../checked-entry.ts';
import type { LocalFinding } from '../finding.ts';
import { canFit, covers, meet } from '../patterns.ts';

interface Pattern {
  pattern: string;
  path: PropertyKey[];
}

/** Patterns of the key filter that do nothing: covered by another one, or without an id that they could fit. */
export const filter: EntryRule = (entry) => {
  if (entry.section === 'devices') return [];
  const include = patternsAt(entry, 'keys', 'include');
  const exclude = patternsAt(entry, 'keys', 'exclude');
  const travelling = get(entry, 'keys', 'include') === undefined ? [{ pattern: '*', path: [] }] : include;
  const owned = Object.keys((get(entry, 'primaries') as object | undefined) ?? {}).flatMap((site) =>
    patternsAt(entry, 'primaries', site, 'owns'),
  );
  return [
    ...[...include, ...exclude, ...owned].flatMap((one) =>
      canFit(one.pattern) ? [] : never(entry, one, 'no id starts so'),
    ),
    ...[include, exclude].flatMap((patterns) => redundant(entry, patterns)),
    ...exclude.flatMap((one) =>
      travelling.some(({ pattern }) => meet(pattern, one.pattern))
        ? []
        : never(entry, one, 'nothing that is included fits it'),
    ),
    ...include.flatMap((one) => excluded(entry, one, exclude)),
    ...owned.flatMap((one) =>
      travelling.some(({ pattern }) => meet(pattern, one.pattern))
        ? excluded(entry, one, exclude)
        : never(entry, one, 'nothing that is included fits it'),
    ),
  ];
};

function patternsAt(entry: CheckedEntry, ...path: PropertyKey[]): Pattern[] {
  return list(entry, ...path).flatMap((pattern, index) =>
    typeof pattern === 'string' && pattern !== '' ? [{ pattern, path: [...path, index] }] : [],
  );
}

function never(entry: CheckedEntry, { pattern, path }: Pattern, why: string): LocalFinding[] {
  return [atValue('pattern-never-matches', `"${pattern}" never matches: ${why}`, entry.at(...path), { path })];
}

function excluded(entry: CheckedEntry, one: Pattern, exclude: Pattern[]): LocalFinding[] {
  const by = exclude.find(({ pattern }) => covers(pattern, one.pattern));
  return by === undefined ? [] : never(entry, one, `all of it is excluded by "${by.pattern}"`);
}

function redundant(entry: CheckedEntry, patterns: Pattern[]): LocalFinding[] {
  return patterns.flatMap((one, index): LocalFinding[] => {
    const by = patterns.find(
      (other, place) =>
        other !== one && covers(other.pattern, one.pattern) && (place < index || !covers(one.pattern, other.pattern)),
    );
    if (by === undefined) return [];
    const { start, end } = entry.at(...by.path).value;
    const message = `"${one.pattern}" adds nothing: all of it fits "${by.pattern}" too`;
    const finding = atValue('filter-overlap', message, entry.at(...one.path), { path: one.path });
    return [{ ...finding, related: [{ start, end, message: 'Covers it' }] }];
  });
}
